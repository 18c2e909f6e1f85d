import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/**
 * The machine's time, in which every sleep takes a fraction of what it should: for tests with real
 * connections, in which waits between attempts are of no interest.
 */
export class HastyClock implements Clock {
  readonly #timesFaster: number;

  constructor(timesFaster: number) {
    this.#timesFaster = timesFaster;
  }

  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await delay(ms / this.#timesFaster, undefined, { signal }).catch(() => {});
  }
}
