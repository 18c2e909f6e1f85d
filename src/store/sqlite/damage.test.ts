import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ManualClock } from '../../testing/manual-clock.ts';
import { errorCode, errorMessage } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { openDatabase } from './database.ts';
import { toStoreError } from './errors.ts';
import { StreamReader } from './reader.ts';
import { openSqliteEventStore } from './store.ts';
import { verifyStore } from './verification.ts';

const stream = 'acme/insync';
const all = { events: 1e9, bytes: 1e9 };
const folder = mkdtempSync(join(tmpdir(), 'tailrace-damage-'));
after(() => rmSync(folder, { recursive: true }));

/** A store that was closed, and one that was copied while its log held everything. */
const { closed, running, lines } = await makeStores();

describe('a damaged store', () => {
  it('serves the right events or none when bytes of its file are changed', () => {
    // Goal: corrupt data is never served. Method: flip bytes at random offsets; whatever is read is
    // compared with what was written. More than half are noticed on average; chance is far from a quarter.
    const whole = readFileSync(join(closed, 'events.db'));
    const noticed = repeat(200, () => {
      const bytes = Buffer.from(whole);
      for (let flip = 0; flip < 4; flip++) {
        const at = Math.floor(Math.random() * bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
      }
      const file = copyOf(closed);
      writeFileSync(file, bytes);
      return assertRightOrRefused(file, lines.length);
    });
    assert.ok(noticed > 50, `noticed ${noticed} of 200`);
  });

  it('does not take a stream for a new one wherever its name is changed', () => {
    const whole = readFileSync(join(closed, 'events.db'));
    const places: number[] = [];
    for (let at = whole.indexOf(stream); at !== -1; at = whole.indexOf(stream, at + 1)) {
      places.push(at);
    }
    assert.ok(places.length >= 2, 'in its table and in the index of that');
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at] = 'b'.charCodeAt(0);
      const file = copyOf(closed);
      writeFileSync(file, bytes);
      assertRightOrRefused(file, lines.length);
    }
  });

  it('is refused when its file is cut off', () => {
    const { length } = readFileSync(join(closed, 'events.db'));
    const noticed = repeat(40, (round) => {
      const file = copyOf(closed);
      truncateSync(file, round === 0 ? 0 : Math.floor(Math.random() * (length - 1)));
      return assertRightOrRefused(file, lines.length);
    });
    assert.equal(noticed, 40);
  });

  it('serves a prefix when its log is cut off', () => {
    const { length } = readFileSync(join(running, 'events.db-wal'));
    repeat(40, () => {
      const file = copyOf(running);
      truncateSync(`${file}-wal`, Math.floor(Math.random() * length));
      return assertRightOrRefused(file, 0);
    });
  });

  it('serves a prefix or nothing when bytes of its log are changed', () => {
    const whole = readFileSync(join(running, 'events.db-wal'));
    repeat(40, () => {
      const file = copyOf(running);
      const bytes = Buffer.from(whole);
      const at = Math.floor(Math.random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ 0x55;
      writeFileSync(`${file}-wal`, bytes);
      return assertRightOrRefused(file, 0);
    });
  });

  const alterations = {
    'a head': 'update stream set head_position = head_position - 1',
    'what is retained': 'update stream set first_retained_position = 5',
    'a checkpoint': "update checkpoint set value = 'x'",
    'a delivery': 'update delivery set position = position + 1',
    'a seen key': 'update seen_bucket set entries = zeroblob(length(entries))',
    'the filter of seen keys': 'update seen_run set filter = zeroblob(length(filter))',
    'the place of a segment': `update segment set block_id = (select max(id) from block)
      where first_position = 1`,
    'the end of a segment': `update segment set last_position = last_position + 1
      where first_position = 1`,
  };
  for (const [what, sql] of Object.entries(alterations)) {
    it(`is noticed by verification: ${what}`, () => {
      const file = copyOf(closed);
      const database = openDatabase({ file, busyTimeoutMs: 0, fileBytesMax: undefined });
      try {
        verifyStore(database, file);
        assert.ok(Number(database.prepare(sql).run().changes) > 0);
        assert.throws(() => verifyStore(database, file), { code: 'store_corrupt' });
      } finally {
        database.close();
      }
    });
  }

  it('is named by its file, and verification names the segment', async () => {
    const file = copyOf(closed);
    const bytes = readFileSync(file);
    // The middle of a block: the first one that holds a known text uncompressed.
    const at = bytes.indexOf('an event that is stored alone');
    assert.ok(at > 0);
    bytes[at] = 0x58;
    writeFileSync(file, bytes);
    await using store = await openSqliteEventStore({
      directory: join(file, '..'),
      clock: new ManualClock(),
    });
    const damaged = { code: 'store_corrupt', message: /events\.db: .*acme\/insync, segment \d+/ };
    await assert.rejects(store.readAfter(stream, 0, all), damaged);
    await assert.rejects(store.verify(), damaged);
    // What is whole is still served, and appends go on.
    const { lastPosition } = await store.append({ stream, events: [numbered(9999)] });
    const page = await store.readAfter(stream, lastPosition - 1, all);
    assert.equal(page.blocks.length, 1);
  });
});

async function makeStores() {
  const made = join(folder, 'made');
  const clock = new ManualClock();
  const store = await openSqliteEventStore({ directory: made, clock });
  const events: StoredEvent[] = [];
  const append = async (batch: StoredEvent[]) => {
    await store.append({ stream, events: batch, deduplication: { horizonMs: 60_000 } });
    events.push(...batch);
  };
  await append([{ ...numbered(0), json: '{"text":"an event that is stored alone"}' }]);
  for (let batch = 1; batch < 30; batch++) {
    await append(Array.from({ length: 20 }, (_, index) => numbered(batch * 100 + index)));
  }
  await store.saveCheckpoint('druva', 'tracker');
  await store.saveDelivery('siem', stream, { position: 7 });
  const runningCopy = join(folder, 'running');
  cpSync(made, runningCopy, { recursive: true });
  await store[Symbol.asyncDispose]();
  return { closed: made, running: runningCopy, lines: events.map((event) => event.json) };
}

function numbered(number: number): StoredEvent {
  const text = Math.random().toString(36).repeat(3);
  return { id: `e${number}`, occurredAtMs: 1e12 + number, json: JSON.stringify({ number, text }) };
}

function copyOf(directory: string): string {
  const copy = mkdtempSync(join(folder, 'copy-'));
  cpSync(directory, copy, { recursive: true });
  return join(copy, 'events.db');
}

/** Runs `work` several times; answers how often it said true. */
function repeat(times: number, work: (round: number) => boolean): number {
  return Array.from({ length: times }, (_, round) => work(round)).filter(Boolean).length;
}

/** True when damage was noticed, by reading or by verification; opening alone is not to find it. */
function assertRightOrRefused(file: string, countMin: number): boolean {
  let read: string[] | undefined;
  try {
    const database = openDatabase({
      file,
      busyTimeoutMs: 0,
      fileBytesMax: undefined,
      quickCheckBytesMax: 0,
    });
    try {
      const { blocks } = new StreamReader(database).page(stream, 0, all);
      read = blocks.flatMap(({ ndjson }) => ndjson.toString().split('\n').slice(0, -1));
      verifyStore(database, file);
      return false;
    } finally {
      database.close();
    }
  } catch (error) {
    const refusal = toStoreError(error, file);
    assert.match(errorCode(refusal), /^store_(corrupt|newer)$/, errorMessage(error));
    assert.ok(refusal.message.startsWith(file), refusal.message);
    return true;
  } finally {
    if (read) {
      assert.deepEqual(read, lines.slice(0, read.length));
      assert.ok(read.length >= countMin);
    }
    rmSync(join(file, '..'), { recursive: true });
  }
}
