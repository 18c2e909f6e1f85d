import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { countLines, lineEnds, lineRange, pickLines, wholeLinesBytes } from './ndjson.ts';

const line = fc.string().map((text) => JSON.stringify(text));
const lines = fc.array(line, { minLength: 1, maxLength: 30 });

it('takes lines apart as an array would be', () => {
  fc.assert(
    fc.property(
      lines,
      fc.nat(30),
      fc.nat(30),
      fc.infiniteStream(fc.boolean()),
      (all, a, b, picks) => {
        const ndjson = join(all);
        const ends = lineEnds(ndjson, all.length);
        const [from, until] = [Math.min(a, b, all.length), Math.min(Math.max(a, b), all.length)];
        assert.deepEqual(lineRange(ndjson, ends, from, until), join(all.slice(from, until)));
        const picked = [...all.keys()].filter(() => picks.next().value);
        assert.deepEqual(pickLines(ndjson, ends, picked), join(picked.map((at) => all[at] ?? '')));
        assert.equal(countLines(ndjson), all.length);
      },
    ),
  );
});

it('finds how many whole lines fit, one at least', () => {
  fc.assert(
    fc.property(lines, fc.nat(200), (all, bytesMax) => {
      const ndjson = join(all);
      const bytes = wholeLinesBytes(ndjson, bytesMax);
      const count = countLines(ndjson.subarray(0, bytes));
      assert.deepEqual(ndjson.subarray(0, bytes), join(all.slice(0, count)));
      assert.ok(count >= 1 && (bytes <= bytesMax || count === 1));
      const oneMore = join(all.slice(0, count + 1));
      assert.ok(count === all.length || oneMore.length > bytesMax);
    }),
  );
});

function join(all: readonly string[]): Buffer {
  return Buffer.from(all.map((text) => `${text}\n`).join(''));
}
