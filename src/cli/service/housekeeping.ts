import type { Logger } from 'pino';
import type { Config } from '../../config/read-config.ts';
import type { Clock } from '../../core/clock.ts';
import { errorCode, errorMessage } from '../../core/errors.ts';
import type { Directory } from '../../directory/directory.ts';
import type { EventStore } from '../../store/event-store.ts';

/** How often small segments are merged and old ones dropped. */
const everyMs = 60_000;

export interface Housekeeping {
  readonly store: EventStore;
  readonly directory: Directory | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Asked anew every time, since a reload may change it. */
  readonly retention: () => Config['retention'];
}

/** Keeps the store small until `signal` aborts. What fails is tried again the next time. */
export async function keepHouse(housekeeping: Housekeeping, signal: AbortSignal): Promise<void> {
  const { clock, log } = housekeeping;
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return;
    try {
      await clean(housekeeping, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = { code: errorCode(error), message: errorMessage(error) };
      log.warn(failure, 'housekeeping failed and will be tried again');
    }
  }
}

async function clean(
  { store, directory, clock, log, retention }: Housekeeping,
  signal: AbortSignal,
): Promise<void> {
  const { events, audit } = retention();
  for (const { stream, oldestEventMs } of await store.streams()) {
    const beforeMs = clock.nowMs() - events;
    if (signal.aborted || oldestEventMs === undefined || oldestEventMs >= beforeMs) continue;
    const dropped = await store.trim(stream, beforeMs);
    if (dropped > 0) log.info({ stream, dropped }, 'events past their retention were dropped');
  }
  await directory?.trimAudit(clock.nowMs() - audit);
  await store.compact(signal);
}
