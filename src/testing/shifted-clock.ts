import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** The machine's clock, set forward by as much as a test wants: for tests with real programs. */
export class ShiftedClock implements Clock {
  #aheadMs: number;

  /** Undefined: the machine's time. */
  constructor(startMs?: number) {
    this.#aheadMs = startMs === undefined ? 0 : startMs - Date.now();
  }

  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  monotonicMs(): number {
    return performance.now() + this.#aheadMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await delay(ms, undefined, { signal }).catch(() => {});
  }

  /** Sleeps that are under way are not shortened. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}
