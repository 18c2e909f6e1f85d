import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chartOf } from '../../console/src/screens/overview/chart-rows.ts';

const hourMs = 3_600_000;
const midnightMs = Date.UTC(2026, 10, 20);
const utc = (): number => 0;

/** `hours` hours that end with the day, `counts` in each. */
function hourly(hours: number, counts: readonly number[]) {
  return {
    countedShare: 1,
    categories: counts.map((_, index) => `category ${index}`),
    hours: Array.from({ length: hours }, (_, hour) => ({
      startMs: midnightMs + (hour - hours + 24) * hourMs,
      counts,
    })),
  };
}

describe('the chart of the Overview', () => {
  it('shows the last 24 hours one by one, the busiest category first', () => {
    const { series, rows, total } = chartOf(hourly(168, [1, 3, 0]), '24h', utc);
    assert.deepEqual(series, ['category 1', 'category 0']);
    assert.equal(rows.length, 24);
    assert.equal(rows[0]?.startMs, midnightMs);
    assert.ok(rows.every(({ counts }) => counts.join() === '3,1'));
    assert.equal(total, 24 * 4);
  });

  it('puts seven days into bars of six hours that begin with the local day', () => {
    const easternMs = -5 * hourMs;
    const { rows, total } = chartOf(hourly(168, [1]), '7d', () => easternMs);
    assert.equal(total, 168);
    const inner = rows.slice(1, -1);
    assert.ok(inner.every(({ startMs }) => (startMs + easternMs) % (6 * hourMs) === 0));
    assert.ok(inner.every((row) => row.total === 6 && row.untilMs - row.startMs === 6 * hourMs));
    assert.equal(rows.at(-1)?.untilMs, midnightMs + 24 * hourMs);
  });

  it('loses no hour where the clock is put back', () => {
    const changeMs = midnightMs + 6 * hourMs;
    const offsetOf = (timeMs: number): number => (timeMs < changeMs ? 2 : 1) * hourMs;
    const { rows, total } = chartOf(hourly(168, [1]), '7d', offsetOf);
    assert.equal(total, 168);
    assert.equal(
      rows.reduce((sum, row) => sum + row.untilMs - row.startMs, 0),
      168 * hourMs,
    );
  });

  it('puts the smallest together when there are more than can be told apart', () => {
    const { series, rows } = chartOf(hourly(24, [10, 9, 8, 7, 6, 5, 4, 3, 2]), '24h', utc);
    assert.equal(series.length, 8);
    assert.equal(series.at(-1), 'Other categories');
    assert.equal(rows[0]?.counts.at(-1), 3 + 2);
    assert.equal(chartOf(hourly(24, [8, 7, 6, 5, 4, 3, 2, 1]), '24h', utc).series.length, 8);
  });

  it('is empty without events', () => {
    const { series, total } = chartOf(hourly(24, [0, 0]), '24h', utc);
    assert.deepEqual([series, total], [[], 0]);
  });
});
