import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeCheckpoint } from './checkpoint.ts';
import { fullPace } from './pace.ts';
import { checkpointProgress, remainingMs } from './progress.ts';

const hourMs = 3_600_000;

describe('progress', () => {
  it('is that of the track which is furthest behind', () => {
    const pace = fullPace(300_000);
    const tracks = [
      { fromMs: 100, doneUntilMs: 900, pace },
      { fromMs: 200, doneUntilMs: 700, pace },
    ];
    const checkpoint = writeCheckpoint({ version: 1, tracks });
    const progress = checkpointProgress(checkpoint, 1000);
    assert.deepEqual(progress, { fromMs: 100, doneUntilMs: 700, untilMs: 1000 });
    assert.equal(checkpointProgress(checkpoint, 500)?.untilMs, 700, 'never behind what is done');
    assert.equal(checkpointProgress(writeCheckpoint({ version: 1, tracks: [] }), 1), undefined);
  });

  const earlier = { atMs: 0, fromMs: 0, doneUntilMs: 0, untilMs: 100 * hourMs };
  const later = { atMs: hourMs, fromMs: 0, untilMs: 101 * hourMs };
  const cases: readonly (readonly [string, number, number | undefined])[] = [
    ['counts the time that passes meanwhile', 11 * hourMs, 9 * hourMs],
    ['is unknown while nothing is gained', hourMs, undefined],
    ['is nothing at the end', 101 * hourMs, 0],
  ];
  for (const [title, doneUntilMs, expected] of cases) {
    it(`leaves a time that ${title}`, () => {
      assert.equal(remainingMs(earlier, { ...later, doneUntilMs }), expected);
    });
  }

  it('leaves an unknown time after one sample', () => {
    assert.equal(remainingMs(earlier, earlier), undefined);
  });
});
