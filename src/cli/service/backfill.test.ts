import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeBackfill } from '../describe-backfill.ts';
import { BackfillGauge } from './backfill.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const beganMs = Date.UTC(2026, 10, 20);

/** A page of a source that is to pull everything between `beganMs` and 100 hours later. */
function page(doneHours: number, more: { caughtUp?: boolean; fromMs?: number; nowMs?: number }) {
  const { caughtUp = false, fromMs = beganMs, nowMs = 0 } = more;
  const untilMs = beganMs + 100 * hourMs + nowMs;
  return { caughtUp, progress: { fromMs, doneUntilMs: beganMs + doneHours * hourMs, untilMs } };
}

/** Pulls an hour of attacks every second from `fromMs` on, for `seconds`. */
function pullSteadily(gauge: BackfillGauge, seconds: number, fromMs = 0): void {
  for (let second = 0; second <= seconds; second += 1) {
    const atMs = fromMs + second * 1000;
    gauge.note(page(atMs / 1000, { nowMs: atMs }), atMs);
  }
}

describe('a backfill', () => {
  it('says how much is done, and how long the rest takes at the speed of the last minute', () => {
    const gauge = new BackfillGauge(minuteMs);
    pullSteadily(gauge, 37);
    const { share, behindMs, remainingMs } = gauge.at(37_000) ?? assert.fail();
    assert.ok(Math.abs(share - 0.37) < 0.001);
    assert.equal(behindMs, 63 * hourMs + 37_000);
    assert.ok(Math.abs((remainingMs ?? 0) - 63_000) < 100, `${remainingMs}`);
  });

  it('goes by what was pulled lately, not by a fast beginning', () => {
    const gauge = new BackfillGauge(minuteMs);
    pullSteadily(gauge, 50);
    for (let second = 51; second <= 120; second += 1) {
      const doneHours = 50 + (second - 50) / 10;
      gauge.note(page(doneHours, { nowMs: second * 1000 }), second * 1000);
    }
    const { remainingMs } = gauge.at(120_000) ?? assert.fail();
    assert.ok(Math.abs((remainingMs ?? 0) - 430_000) < 2000, `${remainingMs}`);
  });

  it('takes longer with every second in which nothing comes, until nobody can say how long', () => {
    const gauge = new BackfillGauge(minuteMs);
    pullSteadily(gauge, 30);
    const remaining = [30_000, 40_000, 60_000, 89_000].map((nowMs) => gauge.at(nowMs)?.remainingMs);
    assert.deepEqual(
      remaining.toSorted((a = 0, b = 0) => a - b),
      remaining,
    );
    assert.ok((remaining.at(-1) ?? 0) > 1.5 * (remaining[0] ?? 0));
    assert.equal(gauge.at(91_000)?.remainingMs, undefined);
    assert.equal(gauge.at(91_000)?.behindMs, 70 * hourMs + 91_000);
  });

  it('does not guess from a moment, nor from a leap of the beginning', () => {
    const gauge = new BackfillGauge(minuteMs);
    gauge.note(page(0, {}), 0);
    gauge.note(page(1, { nowMs: 1000 }), 1000);
    assert.equal(gauge.at(1000)?.remainingMs, undefined);
    gauge.note(page(50, { fromMs: beganMs + 50 * hourMs, nowMs: 5000 }), 5000);
    assert.equal(gauge.at(5000)?.remainingMs, undefined);
    assert.ok((gauge.at(5000)?.share ?? 1) < 0.01);
  });

  it('begins a quarter of an hour behind and ends within a minute, or when all is pulled', () => {
    const gauge = new BackfillGauge(minuteMs);
    const isShown = (minutesBehind: number, caughtUp = false) => {
      gauge.note(page(100 - minutesBehind / 60, { caughtUp }), 0);
      return gauge.at(0) !== undefined;
    };
    assert.deepEqual(
      [14, 15, 14, 2, 0.9, 14].map((behind) => isShown(behind)),
      [false, true, true, true, false, false],
    );
    assert.ok(isShown(20));
    assert.ok(!isShown(20, true));
  });

  it('is not what a source does that is told to poll rarely', () => {
    const gauge = new BackfillGauge(6 * hourMs);
    gauge.note(page(94, {}), 0);
    assert.equal(gauge.at(0), undefined);
    assert.equal(gauge.behindMs(1000), 6 * hourMs + 1000);
  });

  it('is not what a source does that does not pull by time', () => {
    const gauge = new BackfillGauge(minuteMs);
    gauge.note({ caughtUp: false }, 0);
    assert.equal(gauge.at(0), undefined);
    assert.equal(gauge.behindMs(0), undefined);
  });

  it('is told in words', () => {
    const behindMs = 19 * 24 * hourMs;
    const left = (remainingMs: number) =>
      describeBackfill({ share: 0.379, behindMs, remainingMs }).replace('37 %, about ', '');
    assert.equal(left(12 * minuteMs), '12 min left');
    assert.equal(left(44_400), '45 s left');
    assert.equal(left(90 * minuteMs), '90 min left');
    assert.equal(left(5 * hourMs), '5 h left');
    assert.equal(describeBackfill({ share: 0.9999, behindMs }), '99 %, 19 d to go');
  });
});
