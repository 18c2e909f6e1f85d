import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Window } from '../../core/window.ts';
import type { Track } from './checkpoint.ts';
import { fullPace } from './pace.ts';
import {
  afterAnswer,
  afterRefusal,
  afterSkip,
  beginTrack,
  gapFound,
  isJumpBack,
  joinGaps,
  newestSecond,
  nextStep,
  overtaken,
  type ScheduleSettings,
  type Step,
} from './schedule.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const settings: ScheduleSettings = {
  settleMs: 2 * minuteMs,
  backfillMs: dayMs,
  sweepEveryMs: 15 * minuteMs,
  sweepHorizonMs: 6 * hourMs,
  overlapMs: 1,
  quantumMs: 30_000,
};
const settledMs = nowMs - settings.settleMs;
const full = fullPace(299_999);

describe('what a track asks for next', () => {
  const behind = track({ doneUntilMs: nowMs - hourMs });
  const sweep = { doneUntilMs: nowMs - 5 * hourMs, untilMs: nowMs - hourMs };
  const cases: readonly {
    readonly title: string;
    readonly track: Track;
    readonly step: Step | undefined;
  }[] = [
    {
      title: 'the next five minutes, less the overlap, while it is behind',
      track: behind,
      step: { why: 'first', window: windowOf(nowMs - hourMs, 299_999) },
    },
    {
      title: 'as much as its pace allows',
      track: { ...behind, pace: { ...full, spanMs: 1000 } },
      step: { why: 'first', window: windowOf(nowMs - hourMs, 1000) },
    },
    {
      title: 'no more than has settled',
      track: track({ doneUntilMs: settledMs - minuteMs }),
      step: { why: 'first', window: windowOf(settledMs - minuteMs, minuteMs) },
    },
    {
      title: 'nothing when too little has settled',
      track: track({ doneUntilMs: settledMs - settings.quantumMs + 1 }),
      step: undefined,
    },
    {
      title: 'no further than midnight',
      track: track({ doneUntilMs: nowMs - 12 * hourMs - 1000 }),
      step: { why: 'first', window: windowOf(nowMs - 12 * hourMs - 1000, 1000) },
    },
    {
      title: 'what is new before what is swept',
      track: { ...behind, sweep },
      step: { why: 'first', window: windowOf(nowMs - hourMs, 299_999) },
    },
    {
      title: 'what is swept when it has caught up',
      track: track({ doneUntilMs: settledMs, sweep }),
      step: { why: 'sweep', window: windowOf(sweep.doneUntilMs, 299_999) },
    },
    {
      title: 'a second halfway while it searches, before everything else',
      track: { ...behind, sweep, search: { refusedMs: nowMs - dayMs, acceptedMs: nowMs } },
      step: { why: 'search', window: windowOf(nowMs - dayMs / 2, 1000) },
    },
  ];
  for (const { title, track: given, step } of cases) {
    it(title, () => {
      assert.deepEqual(nextStep(given, nowMs, settings), step);
    });
  }
});

describe('what time does to a track', () => {
  it('nothing while it is within what the service keeps', () => {
    const given = track({ doneUntilMs: nowMs - 29 * dayMs });
    assert.deepEqual(overtaken(given, nowMs, settings), { track: given, gap: undefined });
  });

  it('opens a gap once it stands where the service keeps nothing any more', () => {
    const search = { refusedMs: nowMs - 40 * dayMs, acceptedMs: nowMs };
    const given = track({ fromMs: nowMs - 50 * dayMs, doneUntilMs: nowMs - 40 * dayMs, search });
    const { track: moved, gap } = overtaken(given, nowMs, settings);
    assert.equal(gap?.fromMs, nowMs - 40 * dayMs);
    assert.equal(gap?.untilMs, moved.doneUntilMs);
    assert.ok(moved.doneUntilMs > nowMs - 30 * dayMs);
    assert.equal(moved.search, undefined);
  });

  it('names the website in the gap', () => {
    const given = track({ websiteName: 'www.example.com', doneUntilMs: nowMs - 40 * dayMs });
    assert.match(overtaken(given, nowMs, settings).gap?.reason ?? '', /www\.example\.com/);
  });

  it('makes a sweep due, from where late attacks may be missing to where it stands', () => {
    const audit = { fromMs: nowMs - 7 * hourMs, dueMs: nowMs };
    const given = track({ doneUntilMs: settledMs, audit });
    const { track: moved } = overtaken(given, nowMs, settings);
    assert.deepEqual(moved.sweep, { doneUntilMs: audit.fromMs, untilMs: settledMs });
    assert.equal(moved.audit?.dueMs, nowMs + settings.sweepEveryMs);
    assert.ok((moved.audit?.fromMs ?? Infinity) <= nowMs - settings.sweepHorizonMs);
    const early = { ...given, audit: { ...audit, dueMs: nowMs + 1 } };
    assert.equal(overtaken(early, nowMs, settings).track.sweep, undefined);
  });

  it('does not start a second sweep while one is under way', () => {
    const sweep = { doneUntilMs: nowMs - 3 * hourMs, untilMs: nowMs - hourMs };
    const audit = { fromMs: nowMs - 7 * hourMs, dueMs: nowMs - hourMs };
    const given = track({ doneUntilMs: settledMs, audit, sweep });
    assert.deepEqual(overtaken(given, nowMs, settings).track, given);
  });

  it('goes back by the horizon when windows were asked for at a time that has not come yet', () => {
    const asked = track({ doneUntilMs: nowMs - minuteMs, askedAtMs: nowMs + dayMs });
    const { track: again } = overtaken(asked, nowMs, settings);
    assert.deepEqual(
      [again.doneUntilMs, again.askedAtMs],
      [Math.max(nowMs - 6 * hourMs, asked.fromMs), undefined],
    );
    const behind = track({ doneUntilMs: nowMs - 20 * hourMs, askedAtMs: nowMs + dayMs });
    assert.equal(overtaken(behind, nowMs, settings).track.doneUntilMs, behind.doneUntilMs);
  });

  it('goes back to what has settled by all clocks when they merely differ', () => {
    const sweep = { doneUntilMs: nowMs - 3 * hourMs, untilMs: nowMs - hourMs };
    for (const aheadMs of [12_000, 2 * minuteMs]) {
      const doneUntilMs = settledMs + aheadMs;
      const given = track({ doneUntilMs, askedAtMs: nowMs + aheadMs, sweep });
      const { track: again } = overtaken(given, nowMs, settings);
      assert.deepEqual(again, track({ doneUntilMs: settledMs - 2 * minuteMs, sweep }));
      assert.equal(isJumpBack(given, nowMs), false);
      const begun = { ...given, fromMs: settledMs };
      assert.equal(overtaken(begun, nowMs, settings).track.doneUntilMs, settledMs);
    }
    const jumped = track({ doneUntilMs: settledMs, askedAtMs: nowMs + 3 * minuteMs });
    assert.equal(isJumpBack(jumped, nowMs), true);
  });

  it('goes back by the horizon from the future, or begins anew', () => {
    const ahead = track({ fromMs: nowMs - dayMs, doneUntilMs: nowMs + hourMs });
    assert.equal(overtaken(ahead, nowMs, settings).track.doneUntilMs, nowMs - 6 * hourMs);
    const wholly = track({ fromMs: nowMs + dayMs, doneUntilMs: nowMs + 2 * dayMs });
    assert.equal(overtaken(wholly, nowMs, settings).track.doneUntilMs, nowMs - dayMs);
  });
});

describe('where an answer leads', () => {
  const given = track({ doneUntilMs: nowMs - hourMs });

  it('a first pass to the end of its window; the first one within the horizon is audited later', () => {
    const window = windowOf(given.doneUntilMs, 299_999);
    const moved = afterAnswer(given, { why: 'first', window }, nowMs, settings);
    assert.equal(moved.doneUntilMs, window.untilMs);
    const dueMs = nowMs + settings.sweepEveryMs;
    assert.deepEqual(moved.audit, { fromMs: window.fromMs, dueMs });
    const old = windowOf(nowMs - 7 * hourMs, 1000);
    assert.equal(
      afterAnswer(given, { why: 'first', window: old }, nowMs, settings).audit,
      undefined,
    );
  });

  it('a sweep to the end of its window, and to its own end', () => {
    const sweep = { doneUntilMs: nowMs - 3 * hourMs, untilMs: nowMs - 2 * hourMs };
    const swept = { ...given, sweep };
    const part = { why: 'sweep', window: windowOf(sweep.doneUntilMs, 1000) } as const;
    const moved = afterAnswer(swept, part, nowMs, settings);
    assert.deepEqual(moved.sweep, { ...sweep, doneUntilMs: sweep.doneUntilMs + 1000 });
    assert.equal(moved.doneUntilMs, given.doneUntilMs);
    const last = { why: 'sweep', window: { fromMs: nowMs, untilMs: sweep.untilMs } } as const;
    assert.equal(afterAnswer(swept, last, nowMs, settings).sweep, undefined);
  });

  for (const tried of [true, false]) {
    it(`a search to where the service begins to answer${tried ? ', clear of a limit that moves' : ''}`, () => {
      const limitMs = nowMs - 3 * dayMs - 12_345;
      const begun = track({
        fromMs: nowMs - 20 * dayMs,
        doneUntilMs: nowMs - 20 * dayMs,
        ...(tried ? { searched: true } : {}),
      });
      const first = { why: 'first', window: windowOf(begun.doneUntilMs, 299_999) } as const;
      let found = afterRefusal(begun, first, newestSecond(nowMs, settings));
      let requests = 0;
      while (found.search !== undefined) {
        const step = nextStep(found, nowMs, settings) ?? assert.fail();
        found =
          step.window.fromMs >= limitMs
            ? afterAnswer(found, step, nowMs, settings)
            : afterRefusal(found, step, step.window);
        requests += 1;
      }
      const startMs = limitMs + (tried ? 5 * minuteMs : 0);
      assert.ok(found.doneUntilMs >= startMs && found.doneUntilMs <= startMs + 1000);
      assert.equal(found.fromMs, found.doneUntilMs);
      assert.ok(requests <= 22, `${requests} requests`);
    });
  }

  it('calls what a search leaves out a gap only when something was collected before it', () => {
    const search = { refusedMs: 1, acceptedMs: 2 };
    const before = track({ fromMs: nowMs - dayMs, doneUntilMs: nowMs - hourMs, search });
    const after = track({ fromMs: nowMs - dayMs, doneUntilMs: nowMs - minuteMs });
    const { fromMs, untilMs } = gapFound(before, after) ?? {};
    assert.deepEqual([fromMs, untilMs], [nowMs - hourMs, nowMs - minuteMs]);
    assert.equal(gapFound({ ...before, fromMs: before.doneUntilMs }, after), undefined);
    assert.equal(gapFound(before, { ...after, search }), undefined);
  });

  it('past what is given up; only a first pass leaves a gap', () => {
    const window = windowOf(given.doneUntilMs, 1000);
    const skipped = afterSkip(given, { why: 'first', window }, 'because');
    assert.equal(skipped.track.doneUntilMs, window.untilMs);
    const { fromMs, untilMs } = skipped.gap ?? {};
    assert.deepEqual({ fromMs, untilMs }, window);
    assert.equal(afterSkip(given, { why: 'sweep', window }, 'because').gap, undefined);
  });

  it('joins gaps that follow one another', () => {
    const [first, second] = [gapBetween(1, 5), gapBetween(5, 9)];
    assert.deepEqual(joinGaps(first, second), gapBetween(1, 9));
    assert.deepEqual(joinGaps(undefined, second), second);
    assert.deepEqual(joinGaps(first, undefined), first);
  });
});

describe('the schedule over time', () => {
  it('asks for every moment once, settled, and again until nothing can be late any more', () => {
    // Goal: an attack that is added at most the horizon after it happened is always asked for when it
    // is there. Method: a day of polls at random moments, outages included, and an attack at a random
    // time, late by a random part of the horizon.
    const pauses = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 60, max: 600 })),
      { minLength: 5, maxLength: 60 },
    );
    fc.assert(
      fc.property(
        pauses,
        fc.nat(),
        fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
        (minutes, at, late) => {
          const lengthMs = minutes.reduce((sum, pause) => sum + pause, 0) * minuteMs;
          const timeMs = nowMs - settings.backfillMs + (at % (settings.backfillMs + lengthMs));
          const addedAtMs = timeMs + late * settings.sweepHorizonMs;
          const asked = simulate([...minutes, 30, 30], (window, askedAtMs) => {
            const isThere = askedAtMs >= addedAtMs;
            return isThere && window.fromMs <= timeMs && timeMs < window.untilMs;
          });
          assert.ok(asked || addedAtMs > nowMs + lengthMs, 'it was never found');
        },
      ),
      { seed: 20261121, numRuns: 500 },
    );
  });
});

/** Polls after each pause and reports whether any window that was asked for satisfies `finds`. */
function simulate(
  pauses: readonly number[],
  finds: (window: Window, askedAtMs: number) => boolean,
): boolean {
  let clockMs = nowMs;
  let current = beginTrack({}, clockMs, settings);
  let isFound = false;
  let firstUntilMs = current.doneUntilMs;
  for (const pause of pauses) {
    for (;;) {
      const { track: moved } = overtaken(current, clockMs, settings);
      const step = nextStep(moved, clockMs, settings);
      if (step === undefined) break;
      isFound ||= finds(step.window, clockMs);
      if (step.why === 'first') {
        assert.equal(step.window.fromMs, firstUntilMs);
        firstUntilMs = step.window.untilMs;
        assert.ok(firstUntilMs <= clockMs - settings.settleMs);
      }
      assert.ok(step.window.untilMs - step.window.fromMs < 300_000);
      current = afterAnswer(moved, step, clockMs, settings);
      clockMs += 300;
    }
    clockMs += pause * minuteMs;
  }
  return isFound;
}

function track(parts: Partial<Track> & Pick<Track, 'doneUntilMs'>): Track {
  return { fromMs: nowMs - dayMs, pace: full, ...parts };
}

function windowOf(fromMs: number, spanMs: number): Window {
  return { fromMs, untilMs: fromMs + spanMs };
}

function gapBetween(fromMs: number, untilMs: number) {
  return { fromMs, untilMs, count: undefined, reason: 'because' };
}
