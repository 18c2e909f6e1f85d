import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import type { JsonObject } from '../../src/core/json.ts';
import type { Secret } from '../../src/core/secret.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import { freePort, tailraceJson, TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { RecoveryWatch } from './recovery.ts';

/** Printed with every failure; the same one gives the same kills and events. */
export const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
export const killSeconds = Number(process.env['TAILRACE_KILL_SECONDS'] ?? 30);
const batchEvents = 40;
/** A busy machine is slow to catch up, which is no loss. */
const completeWithinMs = 180_000;

/** An export service and a collector of tenant acme, as processes that are killed over and over. */
export interface KillStand extends AsyncDisposable {
  readonly root: string;
  readonly service: TailraceProcess;
  readonly collector: TailraceProcess;
  readonly ingestUrl: string;
  readonly ingestKey: string;
  /** Where the collector publishes. */
  readonly directory: string;
}

/** What is there before either process has started. */
export interface PreparedService {
  readonly root: string;
  /** Where the service will listen. */
  readonly url: string;
  /** The service's. */
  readonly configFile: string;
  /** What tells an operator's command that it is meant. */
  readonly data: readonly string[];
}

/**
 * Events of `feed` go into the service; `sourceOf` gives the collector's source, without its stream,
 * and creates the credentials that it needs. With `postgres` both keep their events there.
 */
export async function openKillStand(
  feed: string,
  sourceOf: (service: PreparedService) => Promise<Readonly<Record<string, unknown>>>,
  postgres?: Secret,
): Promise<KillStand> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-kill-'));
  const directory = join(root, 'published');
  mkdirSync(directory);
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const storeOf = (name: string) => postgresStore(root, name, postgres);
  const serviceConfig = writeConfig(root, 'service', { serve: { listen }, ...storeOf('service') });
  const data = ['--config', serviceConfig];
  await tailraceJson('tenant', 'create', 'acme', ...data);
  await tailraceJson('export-settings', 'set', 'acme', '--enable', ...data);
  const { key } = await tailraceJson('ingest-key', 'create', 'acme', ...data);
  const source = await sourceOf({ root, url, configFile: serviceConfig, data });
  const sink = {
    name: 'files',
    type: 'file',
    format: 'cef',
    profile: 'strict',
    rollEvery: '100ms',
  };
  const service = new TailraceProcess(serviceConfig);
  const collector = new TailraceProcess(
    writeConfig(root, 'collector', {
      sources: [{ ...source, url, stream: `acme/${feed}` }],
      sinks: [{ ...sink, directory }],
      ...storeOf('collector'),
    }),
  );
  return {
    root,
    service,
    collector,
    ingestUrl: `${url}/ingest/v1/acme/${feed}`,
    ingestKey: String(key),
    directory,
    async [Symbol.asyncDispose]() {
      await collector.kill();
      await service.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The path of a file that holds `value`, as a configuration names a secret. */
export function secretFile({ root }: PreparedService, value: unknown): { readonly file: string } {
  const file = join(root, 'secret');
  writeFileSync(file, String(value), { mode: 0o600 });
  return { file };
}

/** Both halves in one database, each in a schema of its own; without one, each in its directory. */
function postgresStore(root: string, schema: string, postgres: Secret | undefined) {
  if (postgres === undefined) return {};
  const file = join(root, 'store-url');
  writeFileSync(file, postgres.reveal(), { mode: 0o600 });
  return { store: { url: { file }, schema } };
}

function writeConfig(root: string, name: string, config: Record<string, unknown>): string {
  const file = join(root, `${name}.yaml`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ dataDirectory: join(root, name), ...config }));
  return file;
}

/** What came of killing. */
export interface Killed {
  readonly kills: number;
  /** Numbers of the events that were acknowledged. */
  readonly acknowledged: readonly number[];
  /** From each kill until the process did its work again; see `RecoveryWatch`. */
  readonly recoveriesMs: readonly number[];
}

/**
 * Starts both and kills one or the other at random moments for `seconds`, at most `killsMax` times,
 * while `eventOf` says which events are appended, numbered from 1.
 */
export async function killWhileFeeding(
  stand: KillStand,
  seconds: number,
  eventOf: (number: number) => JsonObject,
  { killsMax = Infinity, lot = seed }: { killsMax?: number; lot?: number } = {},
): Promise<Killed> {
  const random = seededRandom(lot);
  const stopFeeding = new AbortController();
  const acknowledged: number[] = [];
  const feeding = feedBatches(stand, eventOf, acknowledged, stopFeeding.signal);
  stand.service.start();
  stand.collector.start();
  using recovery = new RecoveryWatch([
    { process: stand.service, count: () => acknowledged.length },
    { process: stand.collector, count: () => readdirSync(stand.directory).length },
  ]);
  let kills = 0;
  const endAt = performance.now() + seconds * 1000;
  while (performance.now() < endAt && kills < killsMax) {
    // Every other time something gets through first, or a slow machine would do nothing but start.
    if (kills % 2 === 1) await untilRecovered(recovery);
    await delay(random.integer(200, 2700));
    const victim = random.chance(0.5) ? stand.service : stand.collector;
    const killedAtMs = performance.now();
    await victim.kill();
    kills += 1;
    recovery.killed(victim, killedAtMs);
    victim.start();
  }
  await untilRecovered(recovery);
  stopFeeding.abort();
  await feeding;
  return { kills, acknowledged, recoveriesMs: recovery.recoveriesMs };
}

/** Resolves when both do their work again, or after 20 s. */
async function untilRecovered(recovery: RecoveryWatch): Promise<void> {
  const endAt = performance.now() + 20_000;
  while (!recovery.isRecovered && performance.now() < endAt) await delay(20);
}

/** Posts batches until told to stop; a batch counts once it was answered, and is repeated until then. */
async function feedBatches(
  stand: KillStand,
  eventOf: (number: number) => JsonObject,
  acknowledged: number[],
  signal: AbortSignal,
): Promise<void> {
  for (let batch = 0; !signal.aborted; batch += 1) {
    const numbers = Array.from({ length: batchEvents }, (_, at) => batch * batchEvents + at + 1);
    const body = numbers.map((number) => JSON.stringify(eventOf(number))).join('\n');
    while (!(await post(stand, `batch-${batch}`, body))) await delay(50);
    acknowledged.push(...numbers);
    await delay(20);
  }
}

async function post(stand: KillStand, key: string, body: string): Promise<boolean> {
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

/** The numbers of the events in `lines()`, once there are as many as expected or 3 min have passed. */
export async function untilComplete(
  lines: () => readonly string[],
  numberOf: (line: string) => number | undefined,
  expected: readonly number[],
): Promise<readonly number[]> {
  const endAt = performance.now() + completeWithinMs;
  for (;;) {
    const numbers = lines()
      .map(numberOf)
      .filter((number) => number !== undefined);
    if (numbers.length >= expected.length || performance.now() > endAt) return numbers;
    await delay(200);
  }
}

/** Which numbers are missing among `published`, and which stand there more than once. */
export function difference(published: readonly number[], acknowledged: readonly number[]) {
  const once = new Set<number>();
  const doubled = published.filter((number) => once.size === once.add(number).size);
  return { lost: acknowledged.filter((number) => !once.has(number)), doubled };
}

export function list(numbers: readonly number[]): string {
  const first = numbers.length > 0 ? ` (${numbers.slice(0, 10).join(', ')} …)` : '';
  return `${numbers.length}${first}`;
}
