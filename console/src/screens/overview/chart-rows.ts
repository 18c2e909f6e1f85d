import type { HourlyCounts } from '../../../../src/http/console-api/api-types.ts';

const hourMs = 3_600_000;

/** What the chart can show: how far back, and how many hours stand in one bar. */
export const chartSpans = {
  '24h': { title: '24 hours', hours: 24, hoursPerBar: 1, perBar: 'per hour' },
  '7d': { title: '7 days', hours: 168, hoursPerBar: 6, perBar: 'per 6 hours' },
} as const;
export type ChartSpan = keyof typeof chartSpans;

export interface ChartRow {
  readonly startMs: number;
  readonly untilMs: number;
  /** In the order of the series. */
  readonly counts: readonly number[];
  readonly total: number;
}

export interface Chart {
  /** Categories with events in this span, most first; the smallest together as `Other`. */
  readonly series: readonly string[];
  /** Oldest first. */
  readonly rows: readonly ChartRow[];
  readonly total: number;
}

/** More colours than these cannot be told apart. */
const seriesMax = 8;
const otherSeries = 'Other categories';

/** Bars begin at local hours that divide the day, so that `0:00` is always the edge of one. */
export function chartOf(hourly: HourlyCounts, span: ChartSpan, offsetMs = localOffsetMs): Chart {
  const { hours, hoursPerBar } = chartSpans[span];
  const shown = hourly.hours.slice(-hours);
  const totals = hourly.categories.map((_, index) => sum(shown.map((hour) => hour.counts[index])));
  const places = seriesPlaces(totals);
  const rows: { startMs: number; untilMs: number; counts: number[]; total: number }[] = [];
  for (const hour of shown) {
    const bar = barOf(hour.startMs, hoursPerBar, offsetMs(hour.startMs));
    let row = rows.at(-1);
    if (row === undefined || barOf(row.startMs, hoursPerBar, offsetMs(row.startMs)) !== bar) {
      row = { startMs: hour.startMs, untilMs: hour.startMs, total: 0, counts: [] };
      row.counts = Array.from({ length: places.series.length }, () => 0);
      rows.push(row);
    }
    row.untilMs = hour.startMs + hourMs;
    for (const [index, count] of hour.counts.entries()) {
      const place = places.of[index];
      if (place === undefined) continue;
      row.counts[place] = (row.counts[place] ?? 0) + count;
      row.total += count;
    }
  }
  const series = places.series.map((index) =>
    index === undefined ? otherSeries : (hourly.categories[index] ?? otherSeries),
  );
  return { series, rows, total: sum(rows.map(({ total }) => total)) };
}

/** Which series each category counts in. `series` holds categories' indexes, undefined for the rest. */
function seriesPlaces(totals: readonly number[]) {
  const ranked = totals
    .map((total, index) => ({ total, index }))
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total);
  const isMany = ranked.length > seriesMax;
  const own = isMany ? ranked.slice(0, seriesMax - 1) : ranked;
  const series: (number | undefined)[] = own.map(({ index }) => index);
  if (isMany) series.push(undefined);
  const of: (number | undefined)[] = totals.map(() => undefined);
  for (const [rank, { index }] of ranked.entries()) of[index] = Math.min(rank, series.length - 1);
  return { series, of };
}

function barOf(startMs: number, hoursPerBar: number, offsetMs: number): number {
  return Math.floor((startMs + offsetMs) / (hoursPerBar * hourMs));
}

function localOffsetMs(timeMs: number): number {
  return -new Date(timeMs).getTimezoneOffset() * 60_000;
}

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}
