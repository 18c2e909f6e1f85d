import type { Clock } from '../../../../core/clock.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Position, StreamName } from '../../../../core/stream.ts';
import type { EventBlock, EventStore } from '../../../../store/event-store.ts';
import type { EventSieve } from './event-sieve.ts';
import type { FoundEvent, SearchBudget, SearchResult } from './search-events.ts';

export interface Tail {
  readonly stream: StreamName;
  readonly sieve: EventSieve;
  readonly after: Position;
  readonly limit: number;
  readonly waitMs: number;
  readonly budget: SearchBudget;
}

export interface TailParts {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Looks at one part when it is this one's turn. */
  readonly turn: <T>(look: () => Promise<T>) => Promise<T>;
  /** Waits for an event behind `after`, at most `timeoutMs`. */
  readonly wait: (after: Position, timeoutMs: number) => Promise<void>;
}

const readLimits = { events: 5000, bytes: 4 * 1024 * 1024 };

/**
 * The wanted events behind a position, oldest first. When there is none it waits for one, and goes on
 * waiting while only others come. `next` is the position that everything was looked at up to. Throws
 * `input_invalid` for a position beyond the head.
 */
export async function tailEvents(
  { store, clock, turn, wait }: TailParts,
  { stream, sieve, after, limit, waitMs, budget }: Tail,
  signal: AbortSignal,
): Promise<SearchResult & { readonly next: Position }> {
  const startedMs = clock.monotonicMs();
  const found: FoundEvent[] = [];
  let [next, scannedEvents, bytes] = [after, 0, 0];
  for (;;) {
    // eslint-disable-next-line no-loop-func -- one part after the other
    const headPosition = await turn(async () => {
      const page = await store.readAfter(stream, next, readLimits);
      if (after > page.headPosition) throw beyondHead(after, page.headPosition);
      const reachedBefore = Math.max(next, page.lost?.lastPosition ?? 0);
      next = reachedBefore;
      for (const block of page.blocks) {
        next = look(sieve, block, found, limit);
        bytes += block.ndjson.length;
        if (found.length >= limit) break;
      }
      scannedEvents += next - reachedBefore;
      return page.headPosition;
    });
    const elapsedMs = clock.monotonicMs() - startedMs;
    const isAtHead = next >= headPosition;
    const isUsedUp = bytes >= budget.scanBytes || (!isAtHead && elapsedMs >= budget.scanMs);
    const isDone = found.length >= limit || (isAtHead && found.length > 0);
    if (isDone || isUsedUp || signal.aborted || (isAtHead && elapsedMs >= waitMs)) {
      const reachedMs = found.at(-1)?.event.occurredAtMs;
      return { found, next, headPosition, scannedEvents, reachedMs };
    }
    if (isAtHead) await wait(next, waitMs - elapsedMs);
  }
}

/** Adds what is wanted up to the limit; gives the position up to which it looked. */
function look(
  sieve: EventSieve,
  { firstPosition, lastPosition, ndjson }: EventBlock,
  found: FoundEvent[],
  limit: number,
): Position {
  const count = lastPosition - firstPosition + 1;
  for (const { line, start, end } of sieve.candidates({ ndjson, count })) {
    const wanted = sieve.wantedEvent(ndjson, start, end);
    if (wanted === undefined) continue;
    found.push({ position: firstPosition + line, ...wanted });
    if (found.length >= limit) return firstPosition + line;
  }
  return lastPosition;
}

function beyondHead(after: Position, head: Position): AppError {
  return new AppError(
    'input_invalid',
    `after must be at most the head position ${head}, got ${after}`,
  );
}
