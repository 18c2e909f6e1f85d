import { AppError } from '../../core/errors.ts';

/** Lets `workersMax` through at one time and `waitersMax` wait for it, first come, first served. */
export class Turnstile {
  readonly #workersMax: number;
  readonly #waitersMax: number;
  readonly #waiters: (() => void)[] = [];
  #workers = 0;

  constructor(workersMax: number, waitersMax: number) {
    this.#workersMax = workersMax;
    this.#waitersMax = waitersMax;
  }

  /** Runs `work` when it is its turn. Rejects with `overloaded` when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#workers < this.#workersMax) {
      this.#workers += 1;
      return;
    }
    if (this.#waiters.length >= this.#waitersMax) {
      throw new AppError('overloaded', 'too many pages are asked for at one time, try again');
    }
    // The one who leaves hands its place over, so #workers stays as it is.
    await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #leave(): void {
    const next = this.#waiters.shift();
    if (next === undefined) this.#workers -= 1;
    else next();
  }
}
