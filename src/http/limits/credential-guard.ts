import type { Clock } from '../../core/clock.ts';
import { Lockouts } from './lockouts.ts';
import type { LockoutRules } from './lockouts.ts';

export interface Attempt {
  /** User name or client id, as the client sent it. */
  readonly name: string;
  readonly address: string;
}

/** An address stands for many people, so it may fail more often than a user name. */
const addressFailuresFactor = 5;
const provenPairsMax = 10_000;

/**
 * Slows down whoever guesses credentials, by user name and by address. A pair of both that was right
 * before is let through, so that nobody can lock out a customer's SIEM by failing under its name.
 */
export class CredentialGuard {
  readonly #names: Lockouts;
  readonly #addresses: Lockouts;
  readonly #proven = new Set<string>();

  constructor(rules: LockoutRules, clock: Clock) {
    this.#names = new Lockouts(rules, clock);
    const failuresAllowed = rules.failuresAllowed * addressFailuresFactor;
    this.#addresses = new Lockouts({ ...rules, failuresAllowed }, clock);
  }

  /** How long this attempt has to wait; 0 when it may be made. */
  waitMs({ name, address }: Attempt): number {
    if (this.#proven.has(pair({ name, address }))) return 0;
    return Math.max(this.#names.waitMs(name), this.#addresses.waitMs(address));
  }

  /** What became of an attempt. A proven pair that fails has to prove itself again. */
  note(attempt: Attempt, isRight: boolean): void {
    const key = pair(attempt);
    this.#proven.delete(key);
    if (isRight) {
      this.#names.succeeded(attempt.name);
      this.#remember(key);
    } else {
      this.#names.failed(attempt.name);
      this.#addresses.failed(attempt.address);
    }
  }

  #remember(key: string): void {
    this.#proven.add(key);
    if (this.#proven.size <= provenPairsMax) return;
    const [oldest] = this.#proven;
    if (oldest !== undefined) this.#proven.delete(oldest);
  }
}

function pair({ name, address }: Attempt): string {
  return JSON.stringify([name, address]);
}
