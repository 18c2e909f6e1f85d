import { hash } from 'node:crypto';
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
/** Else whoever waits a little longer than the longest wait would get all free guesses again. */
const namesRememberedMs = 86_400_000;

/**
 * Slows down whoever guesses credentials, by user name and by address. A pair of both that was right
 * before is let through, so that nobody can lock out a person by failing under its name. Failures
 * under a name count for a day; those from an address, which many people share, as long as the
 * longest wait.
 */
export class CredentialGuard {
  readonly #names: Lockouts;
  readonly #addresses: Lockouts;
  readonly #proven = new Set<string>();

  constructor({ failuresAllowed, waitMsMax }: Omit<LockoutRules, 'rememberedMs'>, clock: Clock) {
    const rememberedMs = Math.max(namesRememberedMs, waitMsMax);
    this.#names = new Lockouts({ failuresAllowed, waitMsMax, rememberedMs }, clock);
    const addressFailures = failuresAllowed * addressFailuresFactor;
    const rules = { failuresAllowed: addressFailures, waitMsMax, rememberedMs: waitMsMax };
    this.#addresses = new Lockouts(rules, clock);
  }

  /** How long this attempt has to wait; 0 when it may be made. */
  waitMs({ name, address }: Attempt): number {
    if (this.#proven.has(pair({ name, address }))) return 0;
    return Math.max(this.#names.waitMs(digest(name)), this.#addresses.waitMs(address));
  }

  /** What became of an attempt. A proven pair that fails has to prove itself again. */
  note(attempt: Attempt, isRight: boolean): void {
    const key = pair(attempt);
    this.#proven.delete(key);
    if (isRight) {
      this.#names.succeeded(digest(attempt.name));
      this.#remember(key);
    } else {
      this.#names.failed(digest(attempt.name));
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
  return `${digest(name)} ${address}`;
}

/** What is remembered of a name: names are as long as whoever made them up likes. */
function digest(name: string): string {
  return hash('sha256', name, 'base64url');
}
