import type { Clock } from '../../core/clock.ts';

export interface LockoutRules {
  /** Failures in a row that cost nothing. */
  readonly failuresAllowed: number;
  readonly waitMsMax: number;
  /** How long after the last failure all of them are forgotten; at least `waitMsMax`. */
  readonly rememberedMs: number;
}

interface Failures {
  count: number;
  lastAtMs: number;
}

const firstWaitMs = 1000;

/**
 * Counts wrong credentials per key (a user name, an address). After `failuresAllowed` of them in a
 * row each further one makes the key wait twice as long as the one before. The oldest of more than
 * `keysMax` keys is forgotten.
 */
export class Lockouts {
  readonly #rules: LockoutRules;
  readonly #clock: Clock;
  readonly #keysMax: number;
  readonly #failures = new Map<string, Failures>();

  constructor(rules: LockoutRules, clock: Clock, keysMax = 10_000) {
    this.#rules = rules;
    this.#clock = clock;
    this.#keysMax = keysMax;
  }

  /** How long this key still has to wait; 0 when it may try. */
  waitMs(key: string): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const elapsedMs = this.#clock.monotonicMs() - failures.lastAtMs;
    return Math.max(0, this.#penaltyMs(failures.count) - elapsedMs);
  }

  failed(key: string): void {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#failures.get(key);
    const isFresh = before !== undefined && nowMs - before.lastAtMs <= this.#rules.rememberedMs;
    this.#failures.delete(key);
    this.#failures.set(key, { count: isFresh ? before.count + 1 : 1, lastAtMs: nowMs });
    if (this.#failures.size <= this.#keysMax) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  #penaltyMs(count: number): number {
    const over = count - this.#rules.failuresAllowed;
    if (over < 0) return 0;
    return Math.min(this.#rules.waitMsMax, firstWaitMs * 2 ** Math.min(over, 30));
  }
}
