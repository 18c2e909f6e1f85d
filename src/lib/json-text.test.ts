import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { copyUnescaped } from './json-text.ts';

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
