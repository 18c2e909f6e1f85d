import type { Clock } from '../core/clock.ts';
import { errorMessage } from '../core/errors.ts';
import type { EventStore } from '../store/event-store.ts';

/** What the process knows about its parts; ready when every check is ok. */
export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

export interface HealthCheck {
  readonly ok: boolean;
  /** For a person; no secrets. */
  readonly detail?: string;
}

/** The checkpoint that is written to see whether the store takes writes. */
const probeName = 'tailrace/readiness';
const freshMs = 5000;

/** Finds out whether the store can be written to, at most every five seconds. */
export class StoreProbe {
  readonly #store: EventStore;
  readonly #clock: Clock;
  #check: Promise<HealthCheck> | undefined;
  #checkedAtMs = 0;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  check(): Promise<HealthCheck> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#check === undefined || nowMs - this.#checkedAtMs >= freshMs) {
      this.#checkedAtMs = nowMs;
      this.#check = this.#write();
    }
    return this.#check;
  }

  async #write(): Promise<HealthCheck> {
    try {
      const now = new Date(this.#clock.nowMs()).toISOString();
      await this.#store.saveCheckpoint(probeName, now);
      return { ok: true, detail: `written at ${now}` };
    } catch (error) {
      return { ok: false, detail: errorMessage(error) };
    }
  }
}
