import type { Clock } from '../../../../core/clock.ts';
import type { Position, StreamName } from '../../../../core/stream.ts';
import type { TimedBlock } from '../../../../core/timed-block.ts';
import type { EventStore, PageBefore, ReadLimits } from '../../../../store/event-store.ts';
import type { EventSieve, ReadEvent } from './event-sieve.ts';
import { wantsAll } from './wanted-events.ts';
import type { WantedEvents } from './wanted-events.ts';

export interface Search {
  readonly stream: StreamName;
  readonly wanted: WantedEvents;
  readonly sieve: EventSieve;
  /** Undefined: from the head. */
  readonly before: Position | undefined;
  /** Events to find at most. */
  readonly limit: number;
  readonly budget: SearchBudget;
}

/** How much one search may look at before it says how far it came. */
export interface SearchBudget {
  readonly scanMs: number;
  readonly scanBytes: number;
}

export interface FoundEvent extends ReadEvent {
  readonly position: Position;
}

export interface SearchResult {
  /** Newest first. */
  readonly found: readonly FoundEvent[];
  /** `before` of the search that goes on; undefined when there is nothing further back. */
  readonly next: Position | undefined;
  readonly headPosition: Position;
  readonly scannedEvents: number;
  /** Time of the event furthest back that was looked at. */
  readonly reachedMs: number | undefined;
}

const firstReadBytes = 256 * 1024;
const readBytes = 4 * 1024 * 1024;
const readEvents = 20_000;

/**
 * Looks for wanted events from the newest to the oldest until it has enough, the budget is used up or
 * `signal` aborts; then it gives what it has. While one part is looked at the next is read.
 */
export async function searchEvents(
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  search: Search,
  signal: AbortSignal,
): Promise<SearchResult> {
  const { stream, wanted, limit, budget } = search;
  const untilMs = clock.monotonicMs() + budget.scanMs;
  const looking = new Looking(search);
  const read = (before: Position, limits: ReadLimits): Promise<PageBefore> =>
    store.readBefore(stream, before, wanted.window, limits);
  const everything = { events: readEvents, bytes: readBytes };
  const first = wantsAll(wanted)
    ? { events: limit, bytes: readBytes }
    : { events: readEvents, bytes: firstReadBytes };
  const goesOn = (next: Position | undefined): next is Position => {
    const isUsedUp = clock.monotonicMs() >= untilMs || looking.bytes >= budget.scanBytes;
    return next !== undefined && !isUsedUp && !signal.aborted;
  };
  let reading = read(search.before ?? Number.MAX_SAFE_INTEGER, first);
  for (let isFirst = true; ; isFirst = false) {
    const page = await reading;
    const { next } = page;
    // Most searches end with the first part: the second is read when it is wanted.
    const ahead = !isFirst && goesOn(next) ? read(next, everything) : undefined;
    ahead?.catch(() => {}); // awaited above, unless the search has ended by then
    if (!looking.at(page) || !goesOn(next)) return looking.result(page);
    reading = ahead ?? read(next, everything);
  }
}

/** What a search has found and how far it came. */
class Looking {
  readonly #search: Search;
  readonly #found: FoundEvent[] = [];
  #scannedEvents = 0;
  #reachedMs: number | undefined;
  bytes = 0;

  constructor(search: Search) {
    this.#search = search;
  }

  /** False when enough is found. */
  at({ blocks }: PageBefore): boolean {
    for (const block of blocks) if (!this.#atBlock(block)) return false;
    return true;
  }

  result({ next, headPosition }: PageBefore): SearchResult {
    const last = this.#found.at(-1);
    const isFull = last !== undefined && this.#found.length >= this.#search.limit;
    return {
      found: this.#found,
      next: isFull && last.position > 1 ? last.position : next,
      headPosition,
      scannedEvents: this.#scannedEvents,
      reachedMs: this.#reachedMs,
    };
  }

  #atBlock({ ndjson, positions, timesMs }: TimedBlock): boolean {
    const { sieve, limit } = this.#search;
    const lines = [...sieve.candidates({ ndjson, count: positions.length })];
    this.bytes += ndjson.length;
    for (const { line, start, end } of lines.toReversed()) {
      const wanted = sieve.wantedEvent(ndjson, start, end);
      if (wanted === undefined) continue;
      this.#found.push({ position: positions[line] ?? 0, ...wanted });
      if (this.#found.length < limit) continue;
      this.#scannedEvents += positions.length - line;
      this.#reachedMs = timesMs[line];
      return false;
    }
    this.#scannedEvents += positions.length;
    this.#reachedMs = timesMs[0] ?? this.#reachedMs;
    return true;
  }
}
