import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  copyWords,
  firstByte,
  hasByte,
  hasHighBit,
  hasLess,
  SoughtText,
  wordsOf,
} from './words.ts';

const fourBytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ascii = fc.integer({ min: 1, max: 0x7f });

const repeated = (byte: number): number => Math.imul(byte, 0x01010101);
const wordOf = (bytes: Uint8Array): number => wordsOf(bytes).getInt32(0, true);

describe('words', () => {
  it('tell whether one of their bytes is the one, less than one, or not ASCII', () => {
    // A byte behind one that is found may be taken for another: 0 or not is all that counts.
    fc.assert(
      fc.property(fourBytes, ascii, (bytes, byte) => {
        const word = wordOf(bytes);
        assert.equal(hasByte(word, repeated(byte)) !== 0, bytes.includes(byte));
        assert.equal(
          hasLess(word, repeated(byte)) !== 0,
          bytes.some((other) => other < byte),
        );
        assert.equal(
          hasHighBit(word) !== 0,
          bytes.some((other) => other > 0x7f),
        );
      }),
    );
  });

  it('tell which byte is the first that was found', () => {
    fc.assert(
      fc.property(fourBytes, ascii, (bytes, byte) => {
        const found = hasByte(wordOf(bytes), repeated(byte));
        if (found !== 0) assert.equal(firstByte(found), bytes.indexOf(byte));
        const lesser = hasLess(wordOf(bytes), repeated(byte));
        const first = bytes.findIndex((other) => other < byte);
        if (lesser !== 0) assert.equal(firstByte(lesser), first);
      }),
      { numRuns: 1000 },
    );
  });

  it('are copied with what is left over, and nothing around it', () => {
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(bytes, fc.nat(20), fc.nat(20), fc.nat(10), (from, one, other, at) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const to = new Uint8Array(32).fill(7);
        const expected = Uint8Array.from(to);
        expected.set(from.subarray(start, end), at);
        assert.equal(copyWords(wordsOf(from), start, end, wordsOf(to), at), at + end - start);
        assert.deepEqual(to, expected);
      }),
    );
  });

  it('find a text where it stands, and only whole', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(text, text, fc.nat(9), (sought, amid, at) => {
        const bytes = Buffer.from(`__${amid}`);
        const end = bytes.length - (at % 2);
        const isThere = bytes.toString('utf8', 0, end).startsWith(sought, at);
        assert.equal(new SoughtText(sought).isAt(wordsOf(bytes), at, end), isThere);
      }),
      { numRuns: 1000 },
    );
    assert.ok(new SoughtText('null').isAt(wordsOf(Buffer.from('[null]')), 1, 5));
    assert.ok(!new SoughtText('null').isAt(wordsOf(Buffer.from('[null]')), 1, 4));
  });
});
