import type { EventPage } from '../../../../src/http/console-api/api-types.ts';

export interface Following {
  /** The last position that was looked at. */
  readonly after: number;
  /** Waits until there is something after `after`, or for a while. */
  readonly ask: (after: number, signal: AbortSignal) => Promise<EventPage>;
  readonly onPage: (page: EventPage, after: number) => void;
  /** A failure, after which it asks again in `retryMs`. */
  readonly onFailure: (error: unknown, retryMs: number) => void;
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

const firstRetryMs = 1_000;
const retryMsMax = 30_000;

/** Follows a stream to its head and beyond until `signal` aborts; gives no event twice. */
export async function followEvents(
  { after, ask, onPage, onFailure, sleep }: Following,
  signal: AbortSignal,
): Promise<void> {
  let position = after;
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      const page = await ask(position, signal);
      if (signal.aborted) return;
      position = lookedAtUntil(page, position);
      retryMs = firstRetryMs;
      onPage(page, position);
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error, retryMs);
      await sleep(retryMs, signal);
      retryMs = Math.min(retryMs * 2, retryMsMax);
    }
  }
}

/** An answer never takes the position back. */
function lookedAtUntil({ next, events }: EventPage, position: number): number {
  return Math.max(position, next ?? 0, ...events.map((event) => event.position));
}
