import type { Clock } from '../core/clock.ts';

/** Keeps work at so many events a second; without a rate, as fast as it goes. */
export class Pace {
  readonly #clock: Clock;
  readonly #eventsPerSecond: number | undefined;
  #dueMs: number | undefined;

  constructor(eventsPerSecond: number | undefined, clock: Clock) {
    this.#eventsPerSecond = eventsPerSecond;
    this.#clock = clock;
  }

  /** Resolves when so many events may go, or when `signal` aborts. Time that was not used is lost. */
  async passed(events: number, signal: AbortSignal): Promise<void> {
    if (this.#eventsPerSecond === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    const dueMs = Math.max(this.#dueMs ?? nowMs, nowMs);
    this.#dueMs = dueMs + (events / this.#eventsPerSecond) * 1000;
    if (dueMs > nowMs) await this.#clock.sleep(dueMs - nowMs, signal);
  }
}
