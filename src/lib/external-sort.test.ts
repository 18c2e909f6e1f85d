import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ExternalSort } from './external-sort.ts';
import type { SortItem } from './sort-run.ts';

interface TextItem {
  readonly group: string;
  readonly rank: number;
  readonly text: string;
}

/** Items whose texts stand somewhere in bytes of their own. */
function sortItems(items: readonly TextItem[]): readonly SortItem[] {
  return items.map(({ group, rank, text }) => {
    const bytes = Buffer.from(`<${text}>`);
    return { group, rank, bytes, start: 1, end: bytes.byteLength - 1 };
  });
}

describe('ExternalSort', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tailrace-sort-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function sorted(items: readonly TextItem[], memoryBytes: number): Promise<TextItem[]> {
    await using sort = new ExternalSort({ memoryBytes, directory });
    await sort.add(sortItems(items));
    await sort.finish();
    assert.equal(sort.length, items.length);
    const found: TextItem[] = [];
    for await (const { group, rank, bytes, start, end } of sort.sorted()) {
      found.push({ group, rank, text: bytes.toString('utf8', start, end) });
    }
    return found;
  }

  it('sorts by group and rank, stably, however little memory there is', async () => {
    // Goal: spilled or not, the order is that of a stable sort. Method: few groups and ranks, so
    // that most items have equals; texts of all lengths, so that items cross the pieces of a run.
    const item = fc.record({
      group: fc.constantFrom('', 'a.example.com', 'b.example.com', 'ä.example.com', '\u{1F600}'),
      rank: fc.integer({ min: 0, max: 3 }),
      text: fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constant('x'.repeat(9000))),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 200 }),
        fc.nat(20_000),
        async (given, memory) => {
          const items = given.map((each, index) => ({
            ...each,
            text: `${each.text.toWellFormed()} ${index}`,
          }));
          const expected = items.toSorted(
            (one, other) =>
              (one.group < other.group ? -1 : one.group > other.group ? 1 : 0) ||
              one.rank - other.rank,
          );
          assert.deepEqual(await sorted(items, memory), expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('spills only what does not fit, asks before, and leaves no file behind', async () => {
    const text = 'x'.repeat(100);
    const items = sortItems(Array.from({ length: 100 }, (_, rank) => ({ group: '', rank, text })));
    let spilledBytes = 0;
    const beforeSpill = (bytes: number): void => void (spilledBytes += bytes);
    await using small = new ExternalSort({ memoryBytes: 1e6, directory, beforeSpill });
    await small.add(items);
    assert.deepEqual([small.isSpilled, spilledBytes], [false, 0]);
    await using large = new ExternalSort({ memoryBytes: 5000, directory, beforeSpill });
    await large.add(items);
    assert.ok(large.isSpilled && spilledBytes > 10_000);
    assert.deepEqual(await readdir(directory), [], 'the file has no name');
    await using refused = new ExternalSort({
      memoryBytes: 5000,
      directory,
      beforeSpill: () => {
        throw new Error('no more');
      },
    });
    await assert.rejects(refused.add(items), /no more/);
  });

  it('rejects when the disk refuses', async () => {
    const nowhere = join(directory, 'nowhere');
    await using sort = new ExternalSort({ memoryBytes: 1, directory: nowhere });
    const items = sortItems([{ group: '', rank: 1, text: 'x' }]);
    await assert.rejects(sort.add(items), { code: 'ENOENT' });
  });
});
