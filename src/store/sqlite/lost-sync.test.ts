/**
 * Goal: what a disk makes of the store that reported as synced what it loses when the power goes.
 * Method: a store is copied while its log holds every commit; the copy's log is cut off and torn at
 * any place, as such a disk leaves it, and opened again.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { errorCode } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { seededRandom } from '../../feeds/seeded-random.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { EventBlock, EventStore } from '../event-store.ts';
import { pageBytes } from './create-database.ts';
import { openDatabase } from './database.ts';
import { toStoreError } from './errors.ts';
import { ProgressTable } from './progress-table.ts';
import { StreamReader } from './reader.ts';
import { openSqliteEventStore } from './store.ts';
import { verifyStore } from './verification.ts';

const stream = 'acme/insync';
const all = { events: 1e9, bytes: 1e9 };
const sectorBytes = 512;
const commits = 24;
const folder = mkdtempSync(join(tmpdir(), 'tailrace-lost-sync-'));
after(() => rmSync(folder, { recursive: true }));

/** What was committed when the log was so long. */
interface Commit {
  readonly logBytes: number;
  readonly state: State;
}

interface State {
  readonly lines: readonly string[];
  readonly checkpoint: string | undefined;
  readonly position: number;
  readonly head: number;
}

const { directory, history, merged } = await makeStore();
const log = readFileSync(join(directory, 'events.db-wal'));

it('opens with every commit that is wholly in its log, wherever that is cut off', () => {
  const random = seededRandom(1);
  const ends = history.map(({ logBytes }) => logBytes);
  const cuts = [0, 31, ...ends.slice(-3), ...ends.slice(-3).map((end) => end - 1)];
  for (let cut = 0; cut < 30; cut++) cuts.push(random.integer(0, log.length));
  for (const cut of cuts) {
    const whole = history.findLast(({ logBytes }) => logBytes <= cut) ?? history[0];
    assertOpens(log.subarray(0, cut), [whole]);
  }
});

it('opens with a state that was committed when the end of its log is torn', () => {
  const random = seededRandom(2);
  for (let round = 0; round < 40; round++) {
    const from = random.integer(0, log.length / sectorBytes - 1) * sectorBytes;
    const torn = Buffer.from(log);
    for (let at = from; at < torn.length; at += sectorBytes) {
      const sector = torn.subarray(at, at + sectorBytes);
      // Lost, or what stood there before: an older log's frames.
      if (random.chance(0.5)) sector.set(random.chance(0.5) ? log.subarray(0, sector.length) : [0]);
      if (random.chance(0.2)) sector.fill(0);
    }
    const certain = history.findLast(({ logBytes }) => logBytes <= from) ?? history[0];
    const possible = history.slice(history.findIndex((commit) => commit === certain));
    assertOpens(torn, possible);
  }
});

it('goes on behind the last commit that is left', async () => {
  const half = history[commits / 2];
  assert.ok(half);
  const copy = copyOf(directory);
  writeFileSync(join(copy, 'events.db-wal'), log.subarray(0, half.logBytes + 100));
  await using store = await open(copy);
  const { head } = half.state;
  const { firstPosition } = await store.append({ stream, events: [numbered(9999)] });
  assert.equal(firstPosition, head + 1);
  const { blocks } = await store.readAfter(stream, 0, all);
  assert.deepEqual(linesOf(blocks), [...half.state.lines, numbered(9999).json]);
  await store.verify();
});

it('serves what was committed, or says that it is damaged, when a checkpoint was lost in part', () => {
  // The one place where more than the last commits can be lost: the log was copied into the file,
  // which was reported as synced and was not, and then begun anew.
  const before = readFileSync(join(directory, 'events.db'));
  const now = readFileSync(join(merged, 'events.db'));
  const random = seededRandom(3);
  const outcomes = new Map<string, number>();
  for (let round = 0; round < 40; round++) {
    const mixed = Buffer.from(now);
    const share = random.pick([0.05, 0.3, 0.7]);
    for (let at = 0; at < mixed.length; at += pageBytes) {
      if (random.chance(share))
        mixed.fill(0, at, at + pageBytes).set(before.subarray(at, at + pageBytes), at);
    }
    const copy = copyOf(merged);
    writeFileSync(join(copy, 'events.db'), mixed);
    const outcome = readOrRefusal(copy);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.ok((outcomes.get('store_corrupt') ?? 0) > 0, JSON.stringify([...outcomes]));
});

/** 'right' or 'store_corrupt'; fails when events come that were not committed. */
function readOrRefusal(copy: string): string {
  const last = history.at(-1)?.state.lines ?? [];
  try {
    const { lines } = stateIn(copy);
    assert.deepEqual(lines, last.slice(0, lines.length));
    return 'right';
  } catch (error) {
    const refusal = toStoreError(error, join(copy, 'events.db'));
    assert.equal(errorCode(refusal), 'store_corrupt', String(error));
    return 'store_corrupt';
  }
}

function assertOpens(tornLog: Buffer, possible: readonly (Commit | undefined)[]): void {
  const copy = copyOf(directory);
  writeFileSync(join(copy, 'events.db-wal'), tornLog);
  const found = stateIn(copy);
  const commit = possible.find(
    (candidate) => candidate && isDeepStrictEqual(candidate.state, found),
  );
  const expected = possible.map((candidate) => candidate?.state.head).join();
  assert.ok(commit, `head ${found.head}, ${found.checkpoint}; expected one of ${expected}`);
}

/** What is in the store of a directory, which is verified. */
function stateIn(path: string): State {
  const file = join(path, 'events.db');
  const database = openDatabase({ file, busyTimeoutMs: 0, fileBytesMax: undefined });
  try {
    verifyStore(database, file);
    const { blocks, headPosition: head } = new StreamReader(database).page(stream, 0, all);
    const progress = new ProgressTable(database);
    const { position } = progress.delivery('siem', stream);
    return { lines: linesOf(blocks), checkpoint: progress.checkpoint('druva'), position, head };
  } finally {
    database.close();
  }
}

/** With a commit for each append: its checkpoint and delivery belong to it. */
async function makeStore() {
  const made = join(folder, 'made');
  const file = join(made, 'events.db-wal');
  const store = await open(made);
  const states: Commit[] = [];
  for (let commit = 1; commit <= commits; commit++) {
    const events = Array.from({ length: 1 + (commit % 7) * 5 }, (_, index) =>
      numbered(commit * 100 + index),
    );
    const checkpoint = { source: 'druva', value: `cursor ${commit}` };
    const deduplication = { horizonMs: 60_000 };
    await store.append({ stream, events, checkpoint, deduplication });
    states.push({ logBytes: statSync(file).size, state: await stateOf(store) });
    if (commit % 3 > 0) continue;
    await store.saveDelivery('siem', stream, { position: commit });
    states.push({ logBytes: statSync(file).size, state: await stateOf(store) });
  }
  const running = join(folder, 'running');
  cpSync(made, running, { recursive: true });
  await store[Symbol.asyncDispose]();
  const empty = { lines: [], checkpoint: undefined, position: 0, head: 0 };
  const begin = { logBytes: 0, state: empty };
  return { directory: running, history: [begin, ...states], merged: made };
}

async function stateOf(store: EventStore): Promise<State> {
  const { blocks, headPosition: head } = await store.readAfter(stream, 0, all);
  const { position } = await store.delivery('siem', stream);
  const checkpoint = await store.checkpoint('druva');
  return { lines: linesOf(blocks), checkpoint, position, head };
}

function linesOf(blocks: readonly EventBlock[]): readonly string[] {
  return blocks.flatMap(({ ndjson }) => ndjson.toString().split('\n').slice(0, -1));
}

function open(path: string): Promise<EventStore> {
  return openSqliteEventStore({ directory: path, clock: new ManualClock() });
}

function numbered(number: number): StoredEvent {
  const text = seededRandom(number).integer(0, 1e9).toString(36).repeat(8);
  return { id: `e${number}`, occurredAtMs: 1e12 + number, json: JSON.stringify({ number, text }) };
}

function copyOf(path: string): string {
  const copy = mkdtempSync(join(folder, 'copy-'));
  cpSync(path, copy, { recursive: true });
  return copy;
}
