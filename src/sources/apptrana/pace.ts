/** The shortest window that is asked for: what cannot be had in one second cannot be had. */
export const spanMsMin = 1000;
const patienceMax = 8;

/**
 * How long the next window may be.
 *
 * A window that is too large, or that failed twice, is halved, down to one second. Afterwards it
 * grows again, by doubling: after one success at first, but every attempt to grow that fails doubles
 * the number of successes before the next, up to eight. So a passing failure is forgotten after a few
 * windows, few requests are wasted where attacks are dense for hours, and a service that fails every
 * other time whatever it is asked does not get stuck with windows of a second.
 */
export interface Pace {
  readonly spanMs: number;
  /** Successes in a row before the span doubles. */
  readonly patience: number;
  /** Successes in a row so far, below `patience`. */
  readonly successes: number;
  /** True until the first success after the span grew. */
  readonly isGrowing: boolean;
}

export function fullPace(spanMsMax: number): Pace {
  return { spanMs: spanMsMax, patience: 1, successes: 0, isGrowing: false };
}

export function afterSuccess(pace: Pace, spanMsMax: number): Pace {
  if (pace.spanMs >= spanMsMax) return fullPace(spanMsMax);
  const successes = pace.successes + 1;
  if (successes < pace.patience) return { ...pace, successes, isGrowing: false };
  const spanMs = Math.min(pace.spanMs * 2, spanMsMax);
  return { spanMs, patience: pace.patience, successes: 0, isGrowing: true };
}

/** Undefined when the window cannot be any shorter. `failedMs` is how long the one that failed was. */
export function afterFailure(pace: Pace, failedMs: number): Pace | undefined {
  if (failedMs <= spanMsMin) return undefined;
  const patience = pace.isGrowing ? Math.min(pace.patience * 2, patienceMax) : pace.patience;
  const spanMs = Math.max(Math.floor(failedMs / 2), spanMsMin);
  return { spanMs, patience, successes: 0, isGrowing: false };
}
