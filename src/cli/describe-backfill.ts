import { printDuration } from './print.ts';
import type { Backfill } from './service/backfill.ts';

/** `37 %, about 12 min left`; as long as nobody knows the speed, `37 %, 19 d to go`. */
export function describeBackfill({ share, behindMs, remainingMs }: Backfill): string {
  const rest =
    remainingMs === undefined
      ? `${printDuration(behindMs)} to go`
      : `about ${printDuration(remainingMs)} left`;
  return `${percentOf(share)} %, ${rest}`;
}

/** Rounded down: 100 is said when it is done. */
export function percentOf(share: number): number {
  return Math.floor(share * 100);
}
