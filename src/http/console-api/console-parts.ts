import type { Clock } from '../../core/clock.ts';
import type { SecretReader } from '../../core/secret.ts';
import { CredentialGuard } from '../limits/credential-guard.ts';
import type { Attempt } from '../limits/credential-guard.ts';
import type { ServeOptions } from '../options.ts';

/** What only the composition root knows about the console. */
export interface ConsoleParts {
  readonly version: string;
  /** Where `index.html` and `assets/` of the built console lie. */
  readonly pageDirectory: string;
  /** For the OpenID client's secret. */
  readonly readSecret: SecretReader;
  /** The demo's accounts, shown to whoever comes; nobody else has any. */
  readonly demoAccounts?: () => readonly { readonly email: string; readonly password: string }[];
}

/** One attempt is checked while another one of the same name waits; more would outrun the lockout. */
const attemptsPerNameMax = 2;
const attemptsPerAddressMax = 20;

/** Slows down whoever guesses passwords and codes, as this process has seen it. */
export class SignInState {
  readonly #guard: CredentialGuard;
  readonly #underWay = new Map<string, number>();

  constructor(limits: ServeOptions['rateLimits'], clock: Clock) {
    const rules = { failuresAllowed: limits.failuresBeforeLockout, waitMsMax: limits.lockoutMax };
    this.#guard = new CredentialGuard(rules, clock);
  }

  /** How long this attempt has to wait; 0 when it may be made. */
  waitMs(attempt: Attempt): number {
    return this.#guard.waitMs(attempt);
  }

  /** A wrong password or code, or a sign-in that was right to its end. */
  note(attempt: Attempt, isRight: boolean): void {
    this.#guard.note(attempt, isRight);
  }

  /** Takes a place for the attempt until it is disposed; undefined when none is free. */
  begin({ name, address }: Attempt): Disposable | undefined {
    const places = [
      [`name ${name}`, attemptsPerNameMax],
      [`address ${address}`, attemptsPerAddressMax],
    ] as const;
    if (places.some(([key, max]) => (this.#underWay.get(key) ?? 0) >= max)) return undefined;
    for (const [key] of places) this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    return { [Symbol.dispose]: () => this.#end(places.map(([key]) => key)) };
  }

  #end(keys: readonly string[]): void {
    for (const key of keys) {
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(key);
      else this.#underWay.set(key, left);
    }
  }
}
