/**
 * Goal: promises 1, 3 and 4 over both halves together. Method: the export service and a collector
 * run as processes of their own and are killed with SIGKILL at random moments, over and over, while
 * events flow and a real rsyslog and a real syslog-ng watch the directory; afterwards the ids in the
 * published files, and those in what each watcher received, are compared as a multiset with the ids
 * of the events that were acknowledged. The seed is printed on failure.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import {
  freePort,
  tailrace,
  tailraceJson,
  TailraceProcess,
} from '../../src/testing/tailrace-process.ts';
import { watchers, type RunningWatcher } from './file-watchers.ts';

const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
const killSeconds = Number(process.env['TAILRACE_KILL_SECONDS'] ?? 30);
const batchEvents = 40;

for (const api of ['v1', 'v2'] as const) {
  it(`publishes every acknowledged event exactly once over API ${api}, wherever it is killed (seed ${seed})`, async (test) => {
    await using stand = await openStand(api);
    const random = seededRandom(seed);
    const acknowledged: number[] = [];
    const stopFeeding = new AbortController();
    const feeding = feed(stand, acknowledged, stopFeeding.signal);

    await using watching = await startWatchers(stand, (line) => test.diagnostic(line));
    stand.service.start();
    stand.collector.start();
    let kills = 0;
    const endAt = performance.now() + (killSeconds / 2) * 1000;
    while (performance.now() < endAt) {
      await delay(random.integer(200, 2700));
      const victim = random.chance(0.5) ? stand.service : stand.collector;
      await victim.kill();
      kills += 1;
      victim.start();
    }
    stopFeeding.abort();
    await feeding;

    const published = await untilComplete(() => publishedLines(stand.directory), acknowledged);
    await stand.collector.stop();
    const { lost, doubled } = difference(published, acknowledged);
    const summary = `${kills} kills, ${acknowledged.length} events, lost ${list(lost)}, doubled ${list(doubled)}`;
    test.diagnostic(summary);
    assert.ok(kills > 0 && acknowledged.length > 100, summary);
    assert.ok(lost.length + doubled.length === 0, `${summary}\n${stand.collector.log}`);
    for (const [name, running] of watching.running) {
      const received = await untilComplete(() => running.received(), acknowledged);
      const differs = difference(received, acknowledged);
      assert.deepEqual(differs, { lost: [], doubled: [] }, `${name}: ${running.log()}`);
    }
    const { code, stdout, stderr } = await tailrace('verify', stand.directory);
    assert.equal(code, 0, stdout + stderr);
  });
}

interface Stand extends AsyncDisposable {
  readonly root: string;
  readonly service: TailraceProcess;
  readonly collector: TailraceProcess;
  readonly ingestUrl: string;
  readonly ingestKey: string;
  /** Where the collector publishes. */
  readonly directory: string;
}

async function openStand(api: 'v1' | 'v2'): Promise<Stand> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-kill-'));
  const directory = join(root, 'published');
  mkdirSync(directory);
  const port = await freePort();
  const data = ['--data-directory', join(root, 'service')];
  await tailraceJson('tenant', 'create', 'acme', ...data);
  await tailraceJson('export-settings', 'set', 'acme', '--enable', ...data);
  await tailraceJson('admin', 'add', 'acme', 'dana@example.com', ...data);
  const token = await tailraceJson('token', 'create', 'acme', 'dana@example.com', ...data);
  const client = await tailraceJson('api-client', 'create', 'acme', ...data);
  const ingest = await tailraceJson('ingest-key', 'create', 'acme', ...data);

  const secretFile = join(root, 'secret');
  writeFileSync(secretFile, String(api === 'v1' ? token['token'] : client['clientSecret']), {
    mode: 0o600,
  });
  const url = `http://127.0.0.1:${port}`;
  const credentials =
    api === 'v1'
      ? { url, username: 'dana@example.com', token: { file: secretFile } }
      : {
          url,
          clientId: String(client['clientId']),
          clientSecret: { file: secretFile },
        };
  const serviceConfig = writeConfig(root, 'service', { serve: { listen: `127.0.0.1:${port}` } });
  const collectorConfig = writeConfig(root, 'collector', {
    sources: [
      { name: 'druva', type: 'druva', api, stream: 'acme/insync', pollEvery: '1s', ...credentials },
    ],
    sinks: [
      {
        name: 'files',
        type: 'file',
        format: 'cef',
        profile: 'strict',
        directory,
        rollEvery: '100ms',
      },
    ],
  });
  const service = new TailraceProcess(serviceConfig);
  const collector = new TailraceProcess(collectorConfig);
  return {
    root,
    service,
    collector,
    ingestUrl: `${url}/ingest/v1/acme/insync`,
    ingestKey: String(ingest['key']),
    directory,
    async [Symbol.asyncDispose]() {
      await collector.kill();
      await service.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function writeConfig(root: string, name: string, config: Record<string, unknown>): string {
  const file = join(root, `${name}.yaml`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ dataDirectory: join(root, name), ...config }));
  return file;
}

/** Posts batches until told to stop; a batch counts once it was answered, and is repeated until then. */
async function feed(stand: Stand, acknowledged: number[], signal: AbortSignal): Promise<void> {
  const generate = inSyncGenerator(seed);
  for (let batch = 0; !signal.aborted; batch += 1) {
    const ids = Array.from({ length: batchEvents }, (_, index) => batch * batchEvents + index + 1);
    const body = ids
      .map((eventID) => JSON.stringify({ ...generate(Date.now()), eventID }))
      .join('\n');
    while (!(await post(stand, `batch-${batch}`, body))) await delay(50);
    acknowledged.push(...ids);
    await delay(20);
  }
}

async function post(stand: Stand, key: string, body: string): Promise<boolean> {
  try {
    const response = await fetch(stand.ingestUrl, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stand.ingestKey}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': key,
      },
      body,
      signal: AbortSignal.timeout(5000),
    });
    const answer = await response.text();
    assert.ok(response.ok || response.status >= 500 || response.status === 429, answer);
    return response.ok;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return false;
  }
}

/** The ids of the generated events in `lines()`, once there are as many as expected or 60 s have passed. */
async function untilComplete(
  lines: () => readonly string[],
  expected: readonly number[],
): Promise<readonly number[]> {
  const endAt = performance.now() + 60_000;
  for (;;) {
    const ids = lines()
      .map((line) => Number(/ externalId=(\d+)-/.exec(line)?.[1]))
      .filter((id) => !Number.isNaN(id));
    if (ids.length >= expected.length || performance.now() > endAt) return ids;
    await delay(200);
  }
}

interface Watching extends AsyncDisposable {
  readonly running: ReadonlyMap<string, RunningWatcher>;
}

/** Those of the real watchers that are installed; all of them when nothing may be missing. */
async function startWatchers(stand: Stand, note: (line: string) => void): Promise<Watching> {
  const running = new Map<string, RunningWatcher>();
  for (const [index, watcher] of watchers.entries()) {
    if (process.env['TAILRACE_TEST_ALL'] === '1') assert.equal(watcher.missing, undefined);
    if (watcher.missing !== undefined) {
      note(`not watched by ${watcher.name}: ${watcher.missing}`);
      continue;
    }
    const home = join(stand.root, `watcher-${index}`);
    running.set(watcher.name, await watcher.start(home, stand.directory));
  }
  return {
    running,
    async [Symbol.asyncDispose]() {
      for (const watcher of running.values()) await watcher[Symbol.asyncDispose]();
    },
  };
}

/** Which ids are missing among `published`, and which stand there more than once. */
function difference(published: readonly number[], acknowledged: readonly number[]) {
  const once = new Set<number>();
  const doubled = published.filter((id) => once.size === once.add(id).size);
  return { lost: acknowledged.filter((id) => !once.has(id)), doubled };
}

function list(ids: readonly number[]): string {
  return `${ids.length}${ids.length > 0 ? ` (${ids.slice(0, 10).join(', ')} …)` : ''}`;
}
