import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { errorCode, errorMessage } from '../core/errors.ts';
import { Backoff } from '../lib/backoff.ts';
import type { SinkStatus } from './status.ts';

const backoffLimits = { firstMs: 250, maxMs: 30_000 } as const;

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
  const backoff = new Backoff(backoffLimits);
  for (;;) {
    try {
      const result = await act();
      if (backoff.failures > 0) {
        log.info({ failures: backoff.failures }, 'works again');
        status.state = 'running';
        status.nextTryMs = undefined;
      }
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const waitMs = backoff.failed();
      const failure = { code: errorCode(error), message: errorMessage(error) };
      status.state = 'retrying';
      status.retries += 1;
      status.lastError = { ...failure, atMs: clock.nowMs() };
      status.nextTryMs = clock.nowMs() + waitMs;
      log.warn({ ...failure, waitMs }, 'failed and will be tried again; nothing is lost');
      await clock.sleep(waitMs, signal);
      signal.throwIfAborted();
    }
  }
}
