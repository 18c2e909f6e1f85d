import type { Clock } from '../core/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** A clock that moves only when the test says so. `autoAdvance` lets every sleep end at once. */
export class ManualClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];
  readonly #autoAdvance: boolean;
  /** Every sleep asked for, in milliseconds and in order. */
  readonly sleeps: number[] = [];

  constructor(startMs = Date.UTC(2026, 10, 21), options: { autoAdvance?: boolean } = {}) {
    this.#nowMs = startMs;
    this.#autoAdvance = options.autoAdvance ?? false;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    if (signal.aborted) return;
    if (this.#autoAdvance) {
      this.advance(ms);
      await Promise.resolve();
      return;
    }
    await new Promise<void>((resolve) => {
      this.#sleepers.push({ wakeAtMs: this.#elapsedMs + ms, wake: resolve });
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Moves time on and wakes everyone whose time has come. */
  advance(ms: number): void {
    this.#nowMs += ms;
    this.#elapsedMs += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.wakeAtMs <= this.#elapsedMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.wakeAtMs > this.#elapsedMs);
    for (const sleeper of due) sleeper.wake();
  }

  /** Sets the wall clock as an administrator would; monotonic time does not move. */
  jumpTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}
