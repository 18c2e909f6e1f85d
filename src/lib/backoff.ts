/** How long to wait between attempts that fail one after the other. */
export interface BackoffLimits {
  /** The longest first wait. */
  readonly firstMs: number;
  /** No wait is longer, however often it fails. */
  readonly maxMs: number;
}

/**
 * Waits that double with every failure up to a limit, each drawn between half and the whole of its
 * step, so that many clients which failed together do not come back together.
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #failures = 0;

  /** `random` yields numbers from 0 to below 1. */
  constructor(limits: BackoffLimits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and says how many milliseconds to wait before the next attempt. */
  failed(): number {
    const stepMs = Math.min(this.#limits.firstMs * 2 ** this.#failures, this.#limits.maxMs);
    this.#failures += 1;
    return Math.round(stepMs * (0.5 + this.#random() / 2));
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
