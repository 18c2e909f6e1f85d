import { AppError } from '../../core/errors.ts';

/** One holder gets no more than this part of the places to wait in, unless it is said otherwise. */
const usualShareOfOne = 0.25;

/**
 * Lets `workersMax` through at one time and `waitersMax` wait for it: holders take turns, and what one
 * of them waits with comes in the order in which it came.
 */
export class Turnstile {
  readonly #workersMax: number;
  readonly #waitersMax: number;
  readonly #waitersOfOneMax: number;
  /** By holder, whose turn comes first; nothing about those that do not wait. */
  readonly #waiters = new Map<string, (() => void)[]>();
  #waiting = 0;
  #workers = 0;

  /** `shareOfOne` is the part of the places to wait in that one holder may have, at most 1. */
  constructor(workersMax: number, waitersMax: number, shareOfOne = usualShareOfOne) {
    this.#workersMax = workersMax;
    this.#waitersMax = waitersMax;
    this.#waitersOfOneMax = waitersMax * shareOfOne;
  }

  /** Runs `work` when it is its turn. Rejects with `overloaded` when too many wait already. */
  async run<T>(holder: string, work: () => Promise<T>): Promise<T> {
    await this.#enter(holder);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(holder: string): Promise<void> {
    if (this.#workers < this.#workersMax) {
      this.#workers += 1;
      return;
    }
    const own = this.#waiters.get(holder) ?? [];
    const isBeyondShare = own.length > 0 && own.length >= this.#waitersOfOneMax;
    if (isBeyondShare || this.#waiting >= this.#waitersMax) {
      throw new AppError('overloaded', 'too many pages are asked for at one time, try again');
    }
    // The one who leaves hands its place over, so #workers stays as it is.
    await new Promise<void>((resolve) => {
      own.push(resolve);
      this.#waiters.set(holder, own);
      this.#waiting += 1;
    });
  }

  #leave(): void {
    const [first] = this.#waiters;
    if (first === undefined) {
      this.#workers -= 1;
      return;
    }
    const [holder, own] = first;
    const next = own.shift();
    this.#waiters.delete(holder);
    if (own.length > 0) this.#waiters.set(holder, own); // behind all others
    this.#waiting -= 1;
    next?.();
  }
}
