import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineDifference } from './line-difference.ts';

const published = [10, 20, 30, 40, 50, 60];

const cases = [
  ['nothing', published, undefined],
  ['a line is missing', [10, 20, 40, 50, 60], { kind: 'line_missing', line: 3, count: 1 }],
  ['two lines are missing', [10, 20, 50, 60], { kind: 'line_missing', line: 3, count: 2 }],
  ['the first is missing', [20, 30, 40, 50, 60], { kind: 'line_missing', line: 1, count: 1 }],
  ['the end is missing', [10, 20, 30, 40], { kind: 'file_truncated', line: 5, count: 2 }],
  ['all are missing', [], { kind: 'file_truncated', line: 1, count: 6 }],
  ['one is doubled', [10, 20, 30, 30, 40, 50, 60], { kind: 'line_doubled', line: 4, count: 1 }],
  ['the last is doubled', [...published, 60], { kind: 'line_doubled', line: 7, count: 1 }],
  [
    'a pair is doubled',
    [10, 20, 10, 20, 30, 40, 50, 60],
    { kind: 'line_doubled', line: 3, count: 2 },
  ],
  ['one is put in', [10, 20, 99, 30, 40, 50, 60], { kind: 'line_added', line: 3, count: 1 }],
  ['one is put in first', [99, ...published], { kind: 'line_added', line: 1, count: 1 }],
  ['one is put in last', [...published, 99], { kind: 'line_added', line: 7, count: 1 }],
  ['two change places', [10, 30, 20, 40, 50, 60], { kind: 'lines_reordered', line: 2, count: 2 }],
  ['one is altered', [10, 20, 99, 40, 50, 60], { kind: 'line_altered', line: 3, count: 1 }],
  ['one altered, one missing', [10, 99, 30, 50, 60], { kind: 'line_altered', line: 2, count: 4 }],
] as const;

describe('lineDifference', () => {
  for (const [title, found, difference] of cases) {
    it(`tells when ${title}`, () => {
      const actual = lineDifference(Uint8Array.from(published), Uint8Array.from(found), true);
      assert.deepEqual(actual, difference);
    });
  }

  it('tells when the file ends within a line', () => {
    const within = lineDifference(Uint8Array.of(10, 20, 30), Uint8Array.of(10, 99), false);
    assert.deepEqual(within, { kind: 'file_truncated', line: 2, count: 2 });
    const withinLast = lineDifference(Uint8Array.of(10, 20), Uint8Array.of(10, 99), false);
    assert.deepEqual(withinLast, { kind: 'file_truncated', line: 2, count: 1 });
  });
});
