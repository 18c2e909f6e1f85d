import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { firstMergeable } from './mergeable.ts';
import type { SegmentRow } from './sqlite/segment-table.ts';

const mebibyte = 1024 ** 2;

it('chooses neighbours of one stream that fit together', () => {
  assert.deepEqual(chosen([600_000, 500_000, 500_000, 60_000]), [500_000, 500_000]);
  assert.deepEqual(chosen([mebibyte, 5, 5, 5]), [5, 5, 5]);
  assert.deepEqual(chosen([900_000, 1000]), []);
  assert.deepEqual(chosen([7]), []);
  assert.deepEqual(chosen([]), []);
  const otherStream = rowsOf([10, 10]).map((row, index) => ({ ...row, streamId: index }));
  assert.deepEqual(firstMergeable(otherStream), []);
});

it('ends, with few segments, having rewritten each byte a few times', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2 * mebibyte }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.oneof(sizes, fc.array(fc.integer({ min: 1, max: 2000 }))), (appended) => {
      let [all, rewritten, steps] = [[] as number[], 0, 0];
      for (const size of appended) {
        all.push(size);
        for (let run = chosen(all); run.length > 0; run = chosen(all)) {
          const sum = run.reduce((bytes, part) => bytes + part, 0);
          assert.ok(sum <= mebibyte);
          all = merged(all, run, sum);
          rewritten += sum;
          steps++;
        }
      }
      const total = appended.reduce((bytes, size) => bytes + size, 0);
      assert.ok(steps < Math.max(1, appended.length));
      assert.ok(rewritten <= total * 21, `${rewritten} of ${total}`);
    }),
  );
});

function chosen(sizes: readonly number[]): readonly number[] {
  return firstMergeable(rowsOf(sizes)).map((row) => row.ndjsonBytes);
}

function merged(sizes: readonly number[], run: readonly number[], sum: number): number[] {
  const start = firstMergeable(rowsOf(sizes))[0]?.firstPosition ?? 0;
  return [...sizes.slice(0, start), sum, ...sizes.slice(start + run.length)];
}

/** Rows whose position is their index. */
function rowsOf(sizes: readonly number[]): SegmentRow[] {
  return sizes.map((ndjsonBytes, index) => ({
    streamId: 1,
    firstPosition: index,
    lastPosition: index,
    minTimeMs: 0,
    maxTimeMs: 0,
    appendedMs: 0,
    ndjsonBytes,
    blockBytes: 0,
    blockId: index,
  }));
}
