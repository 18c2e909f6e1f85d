/** Whether something that is measured once a second grows. */

export interface Sample {
  readonly atSeconds: number;
  readonly value: number;
}

/** What may be called growth of a quantity, over the whole time that is judged. */
export interface GrowthLimit {
  /** Of its level at the beginning. */
  readonly share: number;
  /** At least so much is allowed, in its unit. */
  readonly least: number;
}

export interface Growth {
  /** Of the line, at the first and at the last moment. */
  readonly first: number;
  readonly last: number;
  readonly perHour: number;
  readonly allowed: number;
  readonly holds: boolean;
}

const secondsPerHour = 3600;

/**
 * A straight line through `samples` by least squares, and whether it rises by more than `limit` from
 * the first to the last. Undefined when there are fewer than three.
 */
export function growthOf(samples: readonly Sample[], limit: GrowthLimit): Growth | undefined {
  const [start, end] = [samples[0], samples.at(-1)];
  if (start === undefined || end === undefined || samples.length < 3) return undefined;
  const middleSeconds = mean(samples.map(({ atSeconds }) => atSeconds));
  const level = mean(samples.map(({ value }) => value));
  let [spread, slant] = [0, 0];
  for (const { atSeconds, value } of samples) {
    spread += (atSeconds - middleSeconds) ** 2;
    slant += (atSeconds - middleSeconds) * (value - level);
  }
  const perSecond = slant / spread;
  const first = level + perSecond * (start.atSeconds - middleSeconds);
  const last = level + perSecond * (end.atSeconds - middleSeconds);
  const allowed = Math.max(limit.least, limit.share * first);
  return {
    first,
    last,
    perHour: perSecond * secondsPerHour,
    allowed,
    holds: last - first <= allowed,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
