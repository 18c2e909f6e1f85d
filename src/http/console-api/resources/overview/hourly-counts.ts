import type { HourlyCounts } from '../../api-types.ts';
import { hourMs, hoursShown } from './hour-counts.ts';
import type { HourCounts } from './hour-counts.ts';

/** The counts of several streams together; categories in the order of how many events they have. */
export function hourlyCounts(
  all: readonly HourCounts[],
  nowHour: number,
  countedShare: number,
): HourlyCounts {
  const totals = new Map<string, number>();
  const rows = Array.from({ length: hoursShown }, (_, index) => {
    const hour = nowHour - hoursShown + 1 + index;
    const counts = new Map<string, number>();
    for (const one of all) {
      for (const category of one.categories) {
        const count = one.countOf(category, hour);
        if (count === 0) continue;
        counts.set(category, (counts.get(category) ?? 0) + count);
        totals.set(category, (totals.get(category) ?? 0) + count);
      }
    }
    return { startMs: hour * hourMs, counts };
  });
  const categories = [...totals].toSorted((one, other) => other[1] - one[1]).map(([name]) => name);
  return {
    countedShare,
    categories,
    hours: rows.map(({ startMs, counts }) => ({
      startMs,
      counts: categories.map((category) => counts.get(category) ?? 0),
    })),
  };
}
