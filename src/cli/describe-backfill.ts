import { printDuration } from './print.ts';
import type { Backfill } from './service/backfill.ts';

/** `37 %, about 12 min left`; as long as nobody knows the speed, `37 %, 19 d to go`. */
export function describeBackfill({ share, behindMs, remainingMs }: Backfill): string {
  const rest =
    remainingMs === undefined
      ? `${printDuration(behindMs)} to go`
      : `about ${roundDuration(remainingMs)} left`;
  return `${percentOf(share)} %, ${rest}`;
}

/** An estimate has no decimals: `45 s`, `12 min`, up to two hours; longer ones as usual. */
function roundDuration(ms: number): string {
  if (ms < 60_000) return `${Math.ceil(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : printDuration(ms);
}

/** Rounded down: 100 is said when it is done. */
export function percentOf(share: number): number {
  return Math.floor(share * 100);
}
