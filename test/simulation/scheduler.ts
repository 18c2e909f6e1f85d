import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '../../src/feeds/seeded-random.ts';

interface Turn {
  readonly dueMs: number;
  /** Drawn by lot, so that what is due at one moment comes in any order. */
  readonly lot: number;
  readonly wake: () => void;
}

/** Why the scheduler came back: what it ran for is done, its time is up, or nobody waits any more. */
export type RunEnd = 'done' | 'time' | 'idle';

/**
 * Simulated time and whose turn it is. Everything that a simulated program waits for (a disk, an
 * answer, a clock) is a turn here; one is given at a time, and the next only when everything that it
 * set off has come to rest. So the seed alone decides what happens, and a day takes a second.
 */
export class Scheduler {
  readonly #random: Random;
  /** Next one last. */
  readonly #turns: Turn[] = [];
  #nowMs = 0;
  turns = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Resolves when `ms` have passed and it is the caller's turn. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#nowMs + ms, resolve));
  }

  at(dueMs: number, wake: () => void): void {
    const turn = { dueMs, lot: this.#random.integer(0, 2 ** 30), wake };
    let [low, high] = [0, this.#turns.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#turns[middle];
      if (other !== undefined && isBefore(turn, other)) low = middle + 1;
      else high = middle;
    }
    this.#turns.splice(low, 0, turn);
  }

  /** Gives turns until `isDone`, or until the next one would be later than `untilMs`. */
  async run(isDone: () => boolean, untilMs: number): Promise<RunEnd> {
    for (;;) {
      await nextTurn(); // nothing here waits for the machine, so by now everything is at rest
      if (isDone()) return 'done';
      const next = this.#turns.at(-1);
      if (next === undefined) return 'idle';
      if (next.dueMs > untilMs) return 'time';
      this.#turns.pop();
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.turns += 1;
      next.wake();
    }
  }
}

function isBefore(a: Turn, b: Turn): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.lot < b.lot);
}
