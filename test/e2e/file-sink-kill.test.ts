/**
 * Goal: promise 4 over a real disk, a real store and a real SIGKILL. Method: a process that appends
 * and delivers is killed at random moments, over and over, while a watcher moves files away as they
 * come; afterwards the lines that were published are compared with the events in the store, and
 * `verify` reads what is there. The seed is printed in the title.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/cli/system-clock.ts';
import { parseStoredEvent } from '../../src/core/event.ts';
import { verifyDirectory } from '../../src/pipeline/verify.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

const processFile = fileURLToPath(new URL('file-sink-process.ts', import.meta.url));
const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
const killMs = Number(process.env['TAILRACE_KILL_SECONDS'] ?? 14) * 500;
const never = new AbortController().signal;

for (const mode of ['publish', 'append'] as const) {
  it(`${mode}: every event stands in the files once, wherever it is killed (seed ${seed})`, async () => {
    using place = newPlace();
    const random = seededRandom(seed);
    let kills = 0;
    const endAt = performance.now() + killMs;
    while (performance.now() < endAt) {
      await runUntilKilled(place, mode, random() * 350, random() < 0.7);
      if (mode === 'publish') takeFiles(place);
      kills += 1;
    }
    await runToEnd(place, mode);

    const lines = publishedLines(place);
    const stored = await storedLines(place);
    assert.ok(kills > 3 && stored.length > 100, `${kills} kills, ${stored.length} events`);
    assert.deepEqual(lines.toSorted(), stored.toSorted(), `${kills} kills`);
    const { problems, events } = await verifyDirectory(place.watched, { allowTaken: true }, never);
    assert.deepEqual(problems, []);
    assert.equal(events, stored.length);
    assert.deepEqual(readdirSync(join(place.watched, '.tailrace/siem')), ['manifest.jsonl']);
  });
}

interface Place extends Disposable {
  readonly data: string;
  readonly watched: string;
  readonly taken: string;
}

function newPlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-file-sink-kill-'));
  const [data, watched, taken] = [join(root, 'data'), join(root, 'watched'), join(root, 'taken')];
  mkdirSync(watched);
  mkdirSync(taken);
  return { data, watched, taken, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

/** Counts the time from when it delivers, or else from its start. */
async function runUntilKilled(
  place: Place,
  mode: string,
  afterMs: number,
  whenDelivering: boolean,
): Promise<void> {
  const child = start(place, mode, 1_000_000);
  if (whenDelivering) await once(child.stdout, 'data');
  await systemClock.sleep(afterMs, never);
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  assert.deepEqual(await exit, [null, 'SIGKILL'], 'it ended by itself');
}

async function runToEnd(place: Place, mode: string): Promise<void> {
  const [code] = await once(start(place, mode, 0), 'exit');
  assert.equal(code, 0);
}

function start({ data, watched }: Place, mode: string, events: number) {
  return spawn(process.execPath, [processFile, data, watched, mode, String(events)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** What a watcher does that moves files away. */
function takeFiles({ watched, taken }: Place): void {
  for (const name of published(watched)) renameSync(join(watched, name), join(taken, name));
}

function publishedLines({ watched, taken }: Place): readonly string[] {
  return [watched, taken].flatMap((directory) =>
    published(directory).flatMap((name) => {
      const content = readFileSync(join(directory, name), 'utf8');
      assert.ok(content.endsWith('\n'), `${name} ends within a line`);
      return content.split('\n').slice(0, -1);
    }),
  );
}

function published(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.cef'));
}

async function storedLines({ data }: Place): Promise<readonly string[]> {
  await using store = await openSqliteEventStore({ directory: data, clock: systemClock });
  const lines: string[] = [];
  for (;;) {
    const limits = { events: 10_000, bytes: 8 * 1024 * 1024 };
    const { blocks } = await store.readAfter('acme/insync', lines.length, limits);
    if (blocks.length === 0) return lines;
    for (const { ndjson } of blocks) {
      for (const json of ndjson.toString().trimEnd().split('\n')) {
        const { id, type } = parseStoredEvent(json);
        lines.push(`${id} ${type}`);
      }
    }
  }
}
