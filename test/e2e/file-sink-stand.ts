import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/cli/system-clock.ts';
import { parseStoredEvent } from '../../src/core/event.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';

const processFile = fileURLToPath(new URL('file-sink-process.ts', import.meta.url));
const never = new AbortController().signal;

/** Directories of one test, removed at its end. */
export interface Place extends Disposable {
  readonly root: string;
  readonly data: string;
  readonly watched: string;
  readonly taken: string;
}

export function newPlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-file-sink-kill-'));
  const [data, watched, taken] = [join(root, 'data'), join(root, 'watched'), join(root, 'taken')];
  mkdirSync(watched);
  mkdirSync(taken);
  return { root, data, watched, taken, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

/** Counts the time from when it delivers, or else from its start. */
export async function runUntilKilled(
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

export async function runToEnd(place: Place, mode: string): Promise<void> {
  const [code] = await once(start(place, mode, 0), 'exit');
  assert.equal(code, 0);
}

function start({ data, watched }: Place, mode: string, events: number) {
  return spawn(process.execPath, [processFile, data, watched, mode, String(events)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The lines of all published files, taken or not; each file must end with a whole one. */
export function publishedLines({ watched, taken }: Place): readonly string[] {
  return [watched, taken].flatMap((directory) =>
    published(directory).flatMap((name) => {
      const content = readFileSync(join(directory, name), 'utf8');
      assert.ok(content.endsWith('\n'), `${name} ends within a line`);
      return content.split('\n').slice(0, -1);
    }),
  );
}

/** What a watcher does that moves files away. */
export function takeFiles({ watched, taken }: Place): void {
  for (const name of published(watched)) renameSync(join(watched, name), join(taken, name));
}

function published(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.cef'));
}

/** What the lines must be: every event in the store. */
export async function storedLines({ data }: Place): Promise<readonly string[]> {
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
