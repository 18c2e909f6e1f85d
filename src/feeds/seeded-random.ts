/** Chance that repeats: the same seed gives the same choices. Not for secrets. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Each with a probability in proportion to its weight. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T;
}

/** The mulberry32 generator. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;

  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    integer: (min, max) => min + Math.floor(fraction() * (max - min + 1)),
    chance: (probability) => fraction() < probability,
    pick: (items) => at(items, Math.floor(fraction() * items.length)),
    weighted: (items) => {
      let rest = fraction() * items.reduce((sum, { weight }) => sum + weight, 0);
      const found = items.findIndex(({ weight }) => (rest -= weight) < 0);
      return at(items, found === -1 ? items.length - 1 : found);
    },
  };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}
