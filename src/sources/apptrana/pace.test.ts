import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterFailure, afterSuccess, fullPace, type Pace } from './pace.ts';

const spanMsMax = 300_000;

describe('the pace', () => {
  const cases: readonly {
    readonly title: string;
    /** `f`: the window failed, `s`: it succeeded. */
    readonly outcomes: string;
    readonly spanMs: number;
    readonly patience: number;
  }[] = [
    { title: 'is full at first', outcomes: '', spanMs: 300_000, patience: 1 },
    { title: 'halves with a failure', outcomes: 'f', spanMs: 150_000, patience: 1 },
    { title: 'halves again', outcomes: 'fff', spanMs: 37_500, patience: 1 },
    { title: 'never goes below a second', outcomes: 'f'.repeat(20), spanMs: 1000, patience: 1 },
    { title: 'doubles after one success', outcomes: 'ffs', spanMs: 150_000, patience: 1 },
    {
      title: 'is full again after a passing failure',
      outcomes: 'fs',
      spanMs: 300_000,
      patience: 1,
    },
    {
      title: 'waits longer once growing has failed',
      outcomes: 'fsf',
      spanMs: 150_000,
      patience: 2,
    },
    { title: 'keeps waiting', outcomes: 'fsfs', spanMs: 150_000, patience: 2 },
    { title: 'and then grows', outcomes: 'fsfss', spanMs: 300_000, patience: 2 },
    {
      title: 'forgets that when the full window succeeds',
      outcomes: 'fsfsss',
      spanMs: 300_000,
      patience: 1,
    },
    { title: 'waits ever longer', outcomes: 'fsfssfssssf', spanMs: 150_000, patience: 8 },
    { title: 'counts only failures of growing', outcomes: 'fsfff', spanMs: 37_500, patience: 2 },
  ];
  for (const { title, outcomes, spanMs, patience } of cases) {
    it(`${title}: ${outcomes === '' ? 'nothing yet' : outcomes}`, () => {
      const pace = paceAfter(outcomes);
      assert.deepEqual([pace.spanMs, pace.patience], [spanMs, patience]);
    });
  }

  it('wastes one request in nine where windows are too large for hours', () => {
    let pace = fullPace(spanMsMax);
    let failures = 0;
    for (let request = 0; request < 2000; request++) {
      const fails = pace.spanMs > 100_000;
      failures += fails ? 1 : 0;
      pace = fails ? (afterFailure(pace, pace.spanMs) ?? pace) : afterSuccess(pace, spanMsMax);
    }
    assert.ok(failures < 230, `${failures} failures`);
  });

  it('says so when there is nothing shorter', () => {
    assert.equal(afterFailure(paceAfter('f'.repeat(9)), 1000), undefined);
    assert.equal(afterFailure(fullPace(spanMsMax), 400), undefined);
  });
});

function paceAfter(outcomes: string): Pace {
  let pace = fullPace(spanMsMax);
  for (const outcome of outcomes) {
    pace =
      outcome === 's' ? afterSuccess(pace, spanMsMax) : (afterFailure(pace, pace.spanMs) ?? pace);
  }
  return pace;
}
