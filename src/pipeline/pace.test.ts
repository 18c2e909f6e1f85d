import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import { Pace } from './pace.ts';

const { signal } = new AbortController();

describe('Pace', () => {
  it('lets so many events pass in a second', async () => {
    const clock = new ManualClock(0, { autoAdvance: true });
    const pace = new Pace(500, clock);
    for (let slice = 0; slice < 10; slice += 1) await pace.passed(250, signal);
    assert.equal(clock.monotonicMs(), 9 * 500);
  });

  it('does not make up for time that was not used', async () => {
    const clock = new ManualClock(0, { autoAdvance: true });
    const pace = new Pace(100, clock);
    await pace.passed(100, signal);
    clock.advance(60_000);
    await pace.passed(100, signal);
    await pace.passed(100, signal);
    assert.equal(clock.monotonicMs(), 61_000);
  });

  it('keeps nobody waiting without a rate', async () => {
    const clock = new ManualClock(0);
    await new Pace(undefined, clock).passed(1e9, signal);
    assert.deepEqual(clock.sleeps, []);
  });
});
