import type { Position } from '../../../../core/stream.ts';
import type { StreamInfo } from '../../../../store/event-store.ts';
import { isTimeless } from './wanted-events.ts';
import type { WantedEvents } from './wanted-events.ts';

/**
 * How much of what the filter's times allow lies behind a search, 0–1: by positions when it gives no
 * times, else by time, since nobody knows how many events a window holds before they are read.
 */
export function scanShare(
  wanted: WantedEvents,
  info: StreamInfo | undefined,
  next: Position | undefined,
  reachedMs: number | undefined,
): number {
  if (next === undefined || info === undefined) return 1;
  const { headPosition, firstRetainedPosition, oldestEventMs, newestEventMs } = info;
  if (isTimeless(wanted)) return share(headPosition + 1, next, firstRetainedPosition);
  const { fromMs, untilMs } = wanted.window;
  const startMs = Math.min(untilMs, newestEventMs ?? untilMs);
  return share(startMs, reachedMs ?? startMs, Math.max(fromMs, oldestEventMs ?? fromMs));
}

/** Of the way down from `start` to `end`. */
function share(start: number, reached: number, end: number): number {
  if (start <= end) return 1;
  return Math.min(1, Math.max(0, (start - reached) / (start - end)));
}
