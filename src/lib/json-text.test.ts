import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { copyUnescaped, endOfPlainText } from './json-text.ts';
import { wordsOf } from './words.ts';

function unescaped(inside: string): string | undefined {
  const bytes = Buffer.from(`x${inside}\\u0041`);
  const end = 1 + Buffer.byteLength(inside);
  const to = Buffer.alloc(bytes.length + 2);
  const length = copyUnescaped(bytes, 1, end, to, 2);
  return length === -1 ? undefined : to.toString('utf8', 2, length);
}

describe('copyUnescaped', () => {
  it('gives what JSON.parse gives for plain text, quotes, backslashes and slashes', () => {
    const part = fc.constantFrom('a', 'é', '\\\\', '\\"', '\\/', ' ');
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const inside = parts.join('');
        assert.equal(unescaped(inside), JSON.parse(`"${inside}"`));
      }),
    );
  });

  it('leaves all other escapes to JSON.parse', () => {
    for (const escape of ['\\n', '\\u0041', '\\t', '\\x']) {
      assert.equal(unescaped(`a\\\\${escape}`), undefined);
    }
  });
});

const ends = (byte: number) => byte < 0x20 || byte === 0x22 || byte === 0x5c;

describe('endOfPlainText', () => {
  it('finds the first quote, backslash or control, wherever it stands', () => {
    const byte = fc.oneof(
      fc.constantFrom(0x22, 0x5c, 0x00, 0x1f),
      fc.integer({ min: 0x20, max: 0xff }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 20 }), fc.nat(20), (bytes, from) => {
        const first = bytes.findIndex((other, index) => index >= from && ends(other));
        const expected = first === -1 ? Math.max(from, bytes.length) : first;
        assert.equal(endOfPlainText(wordsOf(Uint8Array.from(bytes)), from), expected);
      }),
      { numRuns: 2000 },
    );
  });
});
