import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundedJsonText, isDeeperThan, jsonLevelsMax, type JsonValue } from './json.ts';

function nested(levels: number): JsonValue {
  const value: JsonValue = JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  return value;
}

describe('JSON of strangers', () => {
  it('has levels, which are counted', () => {
    const flat: JsonValue = { name: 'a', count: 1, nothing: null };
    assert.deepEqual(
      [isDeeperThan('a', 0), isDeeperThan(flat, 0), isDeeperThan(flat, 1)],
      [false, true, false],
    );
    assert.deepEqual(
      [isDeeperThan({ a: [flat] }, 2), isDeeperThan({ a: [flat] }, 3)],
      [true, false],
    );
  });

  it('is written as it is, when it is not too deep', () => {
    const value: JsonValue = [{ a: nested(jsonLevelsMax - 2) }];
    assert.equal(boundedJsonText(value), JSON.stringify(value));
  });

  it('is written in part when it is too deep', () => {
    const value: JsonValue = { deep: nested(100_000), flat: ['kept'] };
    const text = boundedJsonText(value);
    assert.match(text, /^\{"deep":\[+"…"\]+,"flat":\["kept"\]\}$/);
    assert.equal(text.indexOf('"…"') - '{"deep":'.length, jsonLevelsMax - 1);
  });
});
