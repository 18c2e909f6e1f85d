import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseExactly } from './exact-json.ts';

describe('parseExactly', () => {
  it('keeps the digits of integers that a double cannot hold', () => {
    const text =
      '{"a":9007199254740993,"b":[-12345678901234567890],"c":9007199254740991,"d":1.5,"e":[1.2345678901234567e30]}';
    assert.deepEqual(parseExactly(text), {
      a: '9007199254740993',
      b: ['-12345678901234567890'],
      c: 9_007_199_254_740_991,
      d: 1.5,
      e: [1.2345678901234567e30],
    });
  });

  it('leaves digits in strings alone', () => {
    const value = { a: '9007199254740993', b: 'x":9007199254740993', c: 17 };
    assert.deepEqual(parseExactly(JSON.stringify(value)), value);
  });

  it('is JSON.parse for everything else', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text));
        assert.deepEqual(parseExactly(text), JSON.parse(text));
      }),
    );
    assert.throws(() => parseExactly('{"a":'), SyntaxError);
  });
});
