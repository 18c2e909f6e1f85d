import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { ManualClock } from '../../testing/manual-clock.ts';
import { laterAnswersMin, ServerClock } from './server-clock.ts';

const startMs = Date.UTC(2026, 10, 20, 12);
const hourMs = 3_600_000;
const log = pino({ level: 'silent' });

/** Ours, and what is learned of the service's when it is `aheadMs` ahead. */
function clocks(aheadMs: number) {
  const ours = new ManualClock(startMs);
  const theirs = new ServerClock(ours, log);
  const learn = () => {
    const date = new Date(startMs + ours.monotonicMs() + aheadMs).toUTCString();
    theirs.learn(date, ours.monotonicMs());
  };
  learn();
  return { ours, theirs, learn };
}

describe("the service's clock", () => {
  it('is ours as long as it does not contradict', () => {
    const { ours, theirs, learn } = clocks(0);
    ours.advance(700);
    learn();
    assert.equal(theirs.nowMs(), startMs + 700);
  });

  it('comes in whole milliseconds, however finely time is measured', () => {
    const { ours, theirs, learn } = clocks(hourMs);
    ours.advance(0.7);
    learn();
    assert.equal(theirs.nowMs(), startMs + hourMs);
    ours.advance(0.7);
    assert.equal(theirs.nowMs(), startMs + hourMs + 1);
  });

  it('is not moved when somebody sets ours', () => {
    const { ours, theirs } = clocks(2 * hourMs);
    ours.advance(hourMs);
    ours.jumpTo(startMs - 20 * hourMs);
    assert.equal(theirs.nowMs(), startMs + 3 * hourMs);
    assert.equal(theirs.timeAt(startMs - 21 * hourMs), startMs + 2 * hourMs);
  });

  it('follows when it is set itself', () => {
    const { ours, theirs } = clocks(0);
    theirs.learn(new Date(startMs - hourMs).toUTCString(), ours.monotonicMs());
    assert.equal(theirs.nowMs(), startMs - hourMs);
  });

  it('is not moved on by one of its servers that is ahead, and back at once by one that is not', () => {
    const { ours, theirs, learn } = clocks(hourMs);
    for (let answer = 0; answer < 100; answer++) {
      theirs.learn(new Date(startMs + 2 * hourMs).toUTCString(), ours.monotonicMs());
      if (answer % 10 === 0) learn();
      assert.equal(theirs.nowMs(), startMs + hourMs);
    }
  });

  it('follows when it is set forward itself, to the earliest time that many answers in a row allow', () => {
    const { ours, theirs } = clocks(0);
    for (let answer = 1; answer <= laterAnswersMin; answer++) {
      assert.equal(theirs.nowMs(), startMs);
      const aheadMs = hourMs + answer * 1000;
      theirs.learn(new Date(startMs + aheadMs).toUTCString(), ours.monotonicMs());
    }
    assert.equal(theirs.nowMs(), startMs + hourMs + 1000);
  });

  for (const [title, aheadMs] of Object.entries({ 'as ours is': 0, 'unlike ours': -2 * hourMs })) {
    it(`is told by the first answer after the machine was suspended, ${title}`, () => {
      const { ours, theirs } = clocks(aheadMs);
      ours.advance(1000);
      ours.jumpTo(startMs + 5 * hourMs); // monotonic time stood still
      const theirsMs = startMs + 5 * hourMs + aheadMs;
      theirs.learn(new Date(theirsMs).toUTCString(), ours.monotonicMs());
      assert.equal(theirs.nowMs(), theirsMs);
    });
  }

  it('is never in the future when ours is set forward and back', () => {
    for (const forwardMs of [60_000, hourMs, 24 * hourMs, 25 * hourMs]) {
      const { ours, theirs, learn } = clocks(0);
      for (const jumpMs of [forwardMs, -forwardMs]) {
        ours.jumpTo(ours.nowMs() + jumpMs);
        for (let answer = 0; answer < 3; answer++) {
          if (forwardMs <= 24 * hourMs) assert.ok(theirs.nowMs() <= startMs + ours.monotonicMs());
          ours.advance(1000);
          learn();
        }
      }
      assert.equal(theirs.nowMs(), startMs + ours.monotonicMs());
    }
  });

  it('is ours again when it is more than a day off', () => {
    const { ours, theirs } = clocks(hourMs);
    for (let answer = 1; answer <= laterAnswersMin; answer++) {
      theirs.learn(new Date(startMs + 25 * hourMs).toUTCString(), ours.monotonicMs());
    }
    assert.equal(theirs.nowMs(), startMs);
    theirs.learn('yesterday', ours.monotonicMs());
    assert.equal(theirs.nowMs(), startMs);
  });
});
