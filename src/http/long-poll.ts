import type { Position, StreamName } from '../core/stream.ts';
import type { Service } from './service.ts';

export interface LongPoll {
  readonly stream: StreamName;
  /** The head as it is; otherwise nobody would come. */
  readonly after: Position;
  readonly waitMs: number;
}

/**
 * Waits for an event behind `after`, at most as long as the server allows. Ends early when `signal`
 * aborts and when the server closes; too many waiting requests are not made to wait, for which false
 * is returned at once.
 */
export async function waitForEvent(
  { store, metrics, options, longPolls, closing }: Service,
  { stream, after, waitMs }: LongPoll,
  clientSignal: AbortSignal,
): Promise<boolean> {
  if (closing.aborted || longPolls.size >= options.limits.longPolls) return false;
  const signal = AbortSignal.any([closing, clientSignal]);
  const wait = store.waitBeyond(
    stream,
    after,
    Math.min(waitMs, options.limits.longPollWait),
    signal,
  );
  longPolls.add(wait);
  metrics.longPolls.set(longPolls.size);
  try {
    await wait;
    return true;
  } finally {
    longPolls.delete(wait);
    metrics.longPolls.set(longPolls.size);
  }
}
