import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError, errorCode, errorCodes, errorMessage } from '../core/errors.ts';
import { Backoff } from '../lib/backoff.ts';
import type { SinkStatus } from './status.ts';

/** For what may pass by itself, and for what somebody has to put right first. */
const passingLimits = { firstMs: 250, maxMs: 30_000 } as const;
const operatorLimits = { firstMs: 5000, maxMs: 60_000 } as const;
/** No receiver's wish to be left alone is granted for longer. */
const retryAfterMaxMs = 3_600_000;

export interface Persistence {
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: SinkStatus;
}

/**
 * Repeats `act` until it succeeds, however long that takes: nothing is given up, and the status says
 * what is wrong. Rejects only when `signal` has aborted, and then not before one attempt.
 */
export async function persist<T>(
  { clock, log, status }: Persistence,
  act: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const passing = new Backoff(passingLimits);
  const operator = new Backoff(operatorLimits);
  for (;;) {
    try {
      const result = await act();
      const failures = passing.failures + operator.failures;
      if (failures > 0) {
        log.info({ failures }, 'works again');
        status.state = 'running';
        status.needsOperator = false;
        status.nextTryMs = undefined;
      }
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const failure = { code: errorCode(error), message: errorMessage(error) };
      const needsOperator = !errorCodes[failure.code].retryable;
      const waitMs = Math.max((needsOperator ? operator : passing).failed(), wishedMs(error));
      status.state = 'retrying';
      status.needsOperator = needsOperator;
      status.retries += 1;
      status.lastError = { ...failure, atMs: clock.nowMs() };
      status.nextTryMs = clock.nowMs() + waitMs;
      if (needsOperator) {
        log.error({ ...failure, waitMs }, 'stopped until somebody puts it right; nothing is lost');
      } else log.warn({ ...failure, waitMs }, 'failed and will be tried again; nothing is lost');
      await clock.sleep(waitMs, signal);
      signal.throwIfAborted();
    }
  }
}

/** How long the receiver asked to be left alone. */
function wishedMs(error: unknown): number {
  const ms = error instanceof AppError ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(ms, retryAfterMaxMs);
}
