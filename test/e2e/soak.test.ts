/**
 * Goal: that `npm run bench -- --soak` sees growth where there is some and none where there is none,
 * and that what it drives works. Method: lines that are known, and a run of a few seconds.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { growthOf } from '../../bench/soak/growth.ts';
import { runSoak, soakReport } from '../../bench/soak/run-soak.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';

const seconds = 600;
const limit = { share: 0.15, least: 32 };

/** From 200, with as much noise as garbage makes. */
function series(perHour: number) {
  const random = seededRandom(7);
  return Array.from({ length: seconds }, (_, atSeconds) => ({
    atSeconds,
    value: 200 + (perHour * atSeconds) / 3600 + random.integer(-40, 40),
  }));
}

describe('a soak', () => {
  it('sees growth through the noise', () => {
    const growth = growthOf(series(300), limit);
    assert.ok(growth && Math.abs(growth.perHour - 300) < 60, JSON.stringify(growth));
    assert.equal(growth.holds, false);
  });

  it('takes noise for nothing else', () => {
    assert.equal(growthOf(series(0), limit)?.holds, true);
    assert.equal(growthOf(series(-300), limit)?.holds, true);
  });

  it('judges by the larger of its two limits', () => {
    assert.equal(growthOf(series(300), { share: 0.15, least: 80 })?.holds, true);
    assert.equal(growthOf(series(300), { share: 0.5, least: 0 })?.holds, true);
    assert.equal(growthOf(series(300).slice(0, 2), limit), undefined);
  });

  it('puts a load on both programs of which everything arrives, and looks at them', async () => {
    const result = await runSoak(5, () => {});
    const report = soakReport(result);
    assert.ok(result.eventsIngested > 200, report);
    assert.equal(result.eventsPublished, result.eventsStored, report);
    assert.equal(result.eventsFollowed, result.eventsStored, report);
    assert.equal(result.rows.length, 14, report);
    assert.ok(result.rows.every(({ isJudged }) => !isJudged) && result.holds, report);
  });
});
