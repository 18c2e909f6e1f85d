import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { GrowingBytes } from './growing-bytes.ts';

describe('GrowingBytes', () => {
  it('holds what was added in its order, whatever was expected', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.nat({ max: 200 }), chunks, (expectedBytes, added) => {
        const bytes = new GrowingBytes(expectedBytes);
        for (const chunk of added) bytes.add(chunk);
        const expected = Buffer.concat(added);
        assert.equal(bytes.length, expected.length);
        assert.deepEqual(bytes.finish(), expected);
      }),
    );
  });

  it('takes no more memory than was announced when that comes', () => {
    const bytes = new GrowingBytes(100_000);
    for (let count = 0; count < 10; count += 1) bytes.add(Buffer.alloc(10_000, count));
    assert.equal(bytes.finish().buffer.byteLength, 100_000);
  });
});
