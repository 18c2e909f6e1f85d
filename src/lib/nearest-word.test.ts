import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editDistance, nearestWord } from './nearest-word.ts';

describe('nearestWord', () => {
  const known = ['sources', 'sinks', 'serve', 'retention', 'dataDirectory'];
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['source', 'sources'],
    ['soruces', 'sources'],
    ['Sinks', 'sinks'],
    ['sink', 'sinks'],
    ['datadirectory', 'dataDirectory'],
    ['data_directory', 'dataDirectory'],
    ['retension', 'retention'],
    ['colour', undefined],
    ['x', undefined],
  ];
  for (const [word, expected] of cases) {
    it(`takes '${word}' for ${expected ?? 'none of them'}`, () => {
      assert.equal(nearestWord(word, known), expected);
    });
  }
});

describe('editDistance', () => {
  it('counts a swapped pair of neighbours once', () => {
    assert.equal(editDistance('ab', 'ba'), 1);
    assert.equal(editDistance('', 'abc'), 3);
    assert.equal(editDistance('kitten', 'sitting'), 3);
  });
});
