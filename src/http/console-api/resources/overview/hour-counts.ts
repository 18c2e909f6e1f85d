export const hourMs = 3_600_000;
/** The hours that are shown: seven days, the one under way included. */
export const hoursShown = 168;
/** Events that say to be from the future are counted as far as a wrong clock may go. */
const hoursAhead = 24;
/** More than a feed's catalogue has; what attackers make up beyond is counted together. */
const categoriesMax = 40;
export const otherCategories = 'Other categories';

export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / hourMs);
}

/** How many events of which category happened in which hour, over the last seven days. */
export class HourCounts {
  readonly #categories = new Map<string, Map<number, number>>();

  /** `nowHour` bounds what is kept. */
  add(category: string, hour: number, nowHour: number): void {
    if (hour <= nowHour - hoursShown || hour > nowHour + hoursAhead) return;
    const hours = this.#hoursOf(category);
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }

  /** Forgets what lies further back than is shown. */
  prune(nowHour: number): void {
    for (const [category, hours] of this.#categories) {
      for (const hour of hours.keys()) if (hour <= nowHour - hoursShown) hours.delete(hour);
      if (hours.size === 0) this.#categories.delete(category);
    }
  }

  get categories(): readonly string[] {
    return [...this.#categories.keys()];
  }

  countOf(category: string, hour: number): number {
    return this.#categories.get(category)?.get(hour) ?? 0;
  }

  #hoursOf(category: string): Map<number, number> {
    const isKnown = this.#categories.has(category) || this.#categories.size < categoriesMax;
    const key = isKnown ? category : otherCategories;
    let hours = this.#categories.get(key);
    if (hours === undefined) {
      hours = new Map();
      this.#categories.set(key, hours);
    }
    return hours;
  }
}
