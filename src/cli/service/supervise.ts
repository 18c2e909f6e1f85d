import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { errorCode, errorMessage } from '../../core/errors.ts';
import type { SecretReader } from '../../core/secret.ts';
import type { Leases } from '../../pipeline/leases.ts';
import type { SinkStatus, SourceStatus } from '../../pipeline/status.ts';
import type { EventStore } from '../../store/event-store.ts';

/** What every worker is made with. */
export interface WorkerContext {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly readSecret: SecretReader;
  readonly leases: Leases;
  /** Where this node keeps what is not in the store: a file sink stays there. */
  readonly home: string;
  /** How long events are kept. Asked anew every time, since a reload may change it. */
  readonly retentionMs: () => number;
}

interface Supervision {
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: SourceStatus | SinkStatus;
}

/** After a defect: long enough not to spin, short enough to notice when it passes. */
const restartMs = 30_000;

/**
 * Runs `work` until `signal` aborts. Work retries what it expects to fail by itself; what it throws
 * is a defect, which is logged, stands in the status and does not touch the other workers.
 */
export async function supervise(
  work: (signal: AbortSignal) => Promise<void>,
  { clock, log, status }: Supervision,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) break;
      log.error({ err: error, restartMs }, 'stopped by an unexpected error; will be started again');
      status.state = 'retrying';
      status.retries += 1;
      status.lastError = {
        code: errorCode(error),
        message: errorMessage(error),
        atMs: clock.nowMs(),
      };
      status.nextTryMs = clock.nowMs() + restartMs;
      await clock.sleep(restartMs, signal);
    }
  }
  status.state = 'stopped';
  status.nextTryMs = undefined;
}
