import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError, errorCode, errorMessage } from '../core/errors.ts';
import { Backoff, type BackoffLimits } from '../lib/backoff.ts';
import type { SourceStatus } from './status.ts';

export interface RetryingParts {
  /** In messages. */
  readonly source: { readonly name: string };
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: SourceStatus;
  readonly backoff?: BackoffLimits;
  /** From 0 to below 1; spreads retries. */
  readonly random?: () => number;
}

const defaultBackoff: BackoffLimits = { firstMs: 1000, maxMs: 5 * 60_000 };

/** Repeats what fails while a source is collected, for ever, and says so. */
export class Retrying {
  readonly #parts: RetryingParts;
  readonly #signal: AbortSignal;

  constructor(parts: RetryingParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** What `attempt` resolves with, once it does; undefined when the signal aborted first. */
  async untilDone<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    const { backoff: limits = defaultBackoff, random, clock, status } = this.#parts;
    const backoff = new Backoff(limits, random);
    while (!this.#signal.aborted) {
      try {
        const result = await attempt();
        status.lastSuccessMs = clock.nowMs();
        return result;
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        await this.#pause(error, askedWaitMs(error) ?? backoff.failed());
      }
    }
    return undefined;
  }

  async #pause(error: unknown, waitMs: number): Promise<void> {
    const { source, status, clock, log } = this.#parts;
    const code = errorCode(error);
    const message = errorMessage(error);
    status.state = 'retrying';
    status.retries += 1;
    status.caughtUp = false;
    status.lastError = { code, message, atMs: clock.nowMs() };
    status.nextTryMs = clock.nowMs() + waitMs;
    // Only a defect is worth its stack.
    const details = code === 'internal' ? { err: error } : { code, message };
    log.warn({ source: source.name, ...details, waitMs }, 'will be tried again');
    await clock.sleep(waitMs, this.#signal);
    status.nextTryMs = undefined;
    status.state = 'running';
  }
}

/** How long the source itself asked to be left alone. */
function askedWaitMs(error: unknown): number | undefined {
  return error instanceof AppError ? error.retryAfterMs : undefined;
}
