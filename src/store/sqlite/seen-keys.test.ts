import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { openDatabase } from './database.ts';
import { SeenKeys } from './seen-keys.ts';

const horizonMs = 60_000;
const startMs = Date.UTC(2026, 10, 21);
let folder: string;
let database: DatabaseSync;

describe('seen keys', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tailrace-seen-'));
    const file = join(folder, 'events.db');
    database = openDatabase({ file, busyTimeoutMs: 0, fileBytesMax: undefined });
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  it('are not forgotten before the second in which their time is over', () => {
    const seen = new SeenKeys(database);
    assert.deepEqual(seen.takeUnseen(1, ['a'], horizonMs, startMs), [0]);
    seen.forget();
    assert.deepEqual(seen.takeUnseen(1, ['a'], horizonMs, startMs + horizonMs + 999), []);
    assert.deepEqual(seen.takeUnseen(1, ['a'], horizonMs, startMs + horizonMs + 1000), [0]);
  });

  it('are what a map of last sightings would be', () => {
    const batch = fc.record({
      ids: fc.array(fc.nat(400).map(String), { maxLength: 60 }),
      passedS: fc.nat(20),
      isForgotten: fc.boolean(),
    });
    let streamId = 1_000_000; // every run has a stream of its own
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 40 }), (batches) => {
        streamId += 1;
        const seen = new SeenKeys(database);
        const model = new Map<string, number>();
        let nowMs = startMs;
        for (const { ids, passedS, isForgotten } of batches) {
          nowMs += passedS * 1000;
          if (isForgotten) seen.forget();
          const expected = [...ids.keys()].filter((index) => {
            const id = ids[index] ?? '';
            const isSeen = (model.get(id) ?? -Infinity) >= nowMs - horizonMs;
            if (!isSeen) model.set(id, nowMs);
            return !isSeen;
          });
          assert.deepEqual(seen.takeUnseen(streamId, ids, horizonMs, nowMs), expected);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('find each of many keys again, whatever was merged', () => {
    const seen = new SeenKeys(database);
    database.exec('begin');
    for (let first = 0; first < 20_000; first += 250) {
      const ids = idsFrom(first, 250);
      assert.equal(seen.takeUnseen(1, ids, horizonMs, startMs).length, 250);
    }
    seen.forget();
    assert.deepEqual(seen.takeUnseen(1, idsFrom(0, 20_001), horizonMs, startMs), [20_000]);
    database.exec('commit');
    const runs = Number(database.prepare('select count(*) as n from seen_run').get()?.['n']);
    assert.ok(runs < 20, `80 batches must not leave ${runs} runs`);
  });

  it('remember the last sighting of a key that was seen under two horizons', () => {
    const seen = new SeenKeys(database);
    const take = (ids: string[], ms: number, afterMs: number) =>
      seen.takeUnseen(1, ids, ms, startMs + afterMs).length;
    assert.equal(take(['a'], 3_600_000, 0), 1);
    assert.equal(take(['a'], 10_000, 20_000), 1);
    for (let batch = 0; batch < 10; batch++) take([`b${batch}`], 3_600_000, 20_000); // merges
    assert.equal(take(['a'], 10_000, 25_000), 0);
  });

  it('go from the file when all of a run have expired', () => {
    const seen = new SeenKeys(database);
    for (let round = 0; round < 30; round++) {
      seen.takeUnseen(1, idsFrom(round * 100, 100), horizonMs, startMs + round * horizonMs * 2);
    }
    const left = database.prepare('select sum(key_count) as n from seen_run').get()?.['n'];
    assert.equal(left, 100);
    const buckets = Number(database.prepare('select count(*) as n from seen_bucket').get()?.['n']);
    assert.equal(buckets, 1);
  });
});

function idsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `event-${first + index}`);
}
