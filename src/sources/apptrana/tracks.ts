import type { ApptranaCheckpoint, Track } from './checkpoint.ts';
import type { ApptranaOptions } from './options.ts';
import { beginTrack, type Filter, type ScheduleSettings } from './schedule.ts';

/** One filter per website, or one for all. */
export function filtersOf({ websites, eventType }: ApptranaOptions): readonly Filter[] {
  const common = eventType === undefined ? {} : { eventType };
  return websites?.map((websiteName): Filter => ({ websiteName, ...common })) ?? [common];
}

/**
 * A track per filter: the one it had, or one whose filter let through all that this one does, or a
 * new one. So naming the websites of a source that asked for all of them repeats nothing.
 */
export function tracksFor(
  filters: readonly Filter[],
  checkpoint: ApptranaCheckpoint | undefined,
  nowMs: number,
  settings: ScheduleSettings,
): readonly Track[] {
  const known = checkpoint?.tracks ?? [];
  return filters.map((filter) => {
    const track =
      known.find((candidate) => keyOf(candidate) === keyOf(filter)) ??
      known.find((candidate) => covers(candidate, filter));
    return track === undefined ? beginTrack(filter, nowMs, settings) : { ...track, ...filter };
  });
}

/** Tells tracks apart. */
export function keyOf({ websiteName, eventType }: Filter): string {
  return JSON.stringify([websiteName ?? null, eventType ?? null]);
}

function covers(wide: Filter, narrow: Filter): boolean {
  return (
    (wide.websiteName === undefined || wide.websiteName === narrow.websiteName) &&
    (wide.eventType === undefined || wide.eventType === narrow.eventType)
  );
}
