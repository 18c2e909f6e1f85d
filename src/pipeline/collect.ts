import { toStoredEvent } from '../core/event.ts';
import { type EventLines, linesBehind } from '../core/event-lines.ts';
import type { Feed } from '../feeds/feed.ts';
import { releaseAround } from '../lib/release-memory.ts';
import type { Source, SourcePage } from '../sources/source.ts';
import type { EventStore } from '../store/event-store.ts';
import { HeldEvents } from './held-events.ts';
import { Retrying, type RetryingParts } from './retrying.ts';

export interface Collection extends RetryingParts {
  readonly source: Source;
  readonly store: EventStore;
  /** Of the source's stream; it words the gap records. */
  readonly feed: Feed;
  /** Pause after a pull that brought everything there was. */
  readonly pollMs: number;
  /**
   * When given, the store also remembers every event's id for this long and leaves out repeats that
   * the source does not announce. Without it only announced repeats are left out.
   */
  readonly deduplicationMs?: number;
  /**
   * What occurred before it, retention may have dropped: asked when the source starts again. Left
   * out, the oldest event that is left tells.
   */
  readonly retainedSinceMs?: () => number;
}

/**
 * Moves events from the source into the store until `signal` aborts. The checkpoint travels in the
 * same commit as the events it follows, so a crash repeats a pull and never a stored event. While one
 * page is being stored the next may be pulled, and no further. Failures are retried for ever and
 * stand in `status`. Resolves when the append under way is finished.
 */
export async function collect(collection: Collection, signal: AbortSignal): Promise<void> {
  const { clock, status, pollMs } = collection;
  const retrying = new Retrying(collection, signal);
  const keeping = new Keeping(collection, signal);
  const pulling = new Pulling(collection, signal);
  try {
    await retrying.untilDone(() => keeping.readCheckpoint());
    while (!signal.aborted) {
      status.state = 'running';
      const page = await retrying.untilDone(() => pulling.next(keeping.checkpoint));
      if (page === undefined || signal.aborted) break;
      pulling.beginBehind(page);
      await retrying.untilDone(() => keeping.keep(page));
      status.caughtUp = page.caughtUp;
      if (!page.caughtUp) continue;
      status.state = 'waiting';
      await clock.sleep(pollMs, signal);
    }
  } finally {
    await pulling.ended();
    status.state = 'stopped';
    status.nextTryMs = undefined;
  }
}

/** Pulls one page after the other. */
class Pulling {
  readonly #source: Source;
  readonly #signal: AbortSignal;
  /** The page behind the one that is being kept. */
  #ahead: Promise<SourcePage> | undefined;

  constructor({ source }: Collection, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Whatever became of a page that was begun ahead is told now; the next attempt pulls it again. */
  next(checkpoint: string | undefined): Promise<SourcePage> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#source.pull(checkpoint, this.#signal);
  }

  /** Where it is allowed, and there is more: a page that was the last is not followed at once. */
  beginBehind({ checkpoint, caughtUp }: SourcePage): void {
    const isWanted = this.#source.mayPullAhead === true && !caughtUp && checkpoint !== undefined;
    if (!isWanted) return;
    this.#ahead = this.#source.pull(checkpoint, this.#signal);
    this.#ahead.catch(() => {}); // told by `next`, long after it may have failed
  }

  /** After the signal has aborted: resolves when nothing is being pulled any more. */
  async ended(): Promise<void> {
    await this.#ahead?.catch(() => {});
  }
}

/** Puts pages into the store. */
class Keeping {
  readonly #collection: Collection;
  readonly #signal: AbortSignal;
  readonly #held: HeldEvents;
  #checkpoint: string | undefined;
  #tried: SourcePage | undefined;

  constructor(collection: Collection, signal: AbortSignal) {
    this.#collection = collection;
    this.#signal = signal;
    const { store, source, retainedSinceMs } = collection;
    this.#held = new HeldEvents(store, source, retainedSinceMs);
  }

  /** Where the last page ended that was kept. */
  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  async readCheckpoint(): Promise<void> {
    this.#checkpoint = await this.#storedCheckpoint();
  }

  /** May be called again with a page that it rejected before. */
  async keep(page: SourcePage): Promise<void> {
    let duplicates = 0;
    if (this.#tried !== page || !(await this.#isKept(page))) {
      this.#tried = page;
      const events = await this.#newEvents(page);
      const left = page.events.ids.length - events.ids.length;
      duplicates = left + (await this.#append(page, events));
    }
    this.#tried = undefined; // or a page more would be in memory while the next one is pulled
    releaseAround(page.events.ndjson);
    this.#checkpoint = page.checkpoint ?? this.#checkpoint;
    this.#count(page, duplicates);
  }

  #storedCheckpoint(): Promise<string | undefined> {
    const { store, source } = this.#collection;
    return store.checkpoint(source.name);
  }

  async #newEvents(page: SourcePage): Promise<EventLines> {
    if (!page.mayRepeat) {
      await this.#held.finish();
      return page.events;
    }
    const events = page.inAnyOrder
      ? await this.#held.withoutHeld(page.events, this.#signal)
      : await this.#withoutRepeated(page);
    // A look-up that was cut short has not found everything.
    this.#signal.throwIfAborted();
    return events;
  }

  async #withoutRepeated({ events, startsAgain, heldMs }: SourcePage): Promise<EventLines> {
    if (startsAgain === true) await this.#held.restart(heldMs);
    return this.#held.withoutRepeated(events, this.#signal);
  }

  /** A store that died may have committed what it rejected: then the checkpoint stands there. */
  async #isKept({ checkpoint }: SourcePage): Promise<boolean> {
    if (checkpoint === undefined || checkpoint === this.#checkpoint) return false;
    return (await this.#storedCheckpoint()) === checkpoint;
  }

  /** Returns how many events the store left out. Without the signal: once begun, it is finished. */
  async #append(page: SourcePage, events: EventLines): Promise<number> {
    const { store, source, feed, clock, deduplicationMs: horizonMs } = this.#collection;
    const { gap, checkpoint: value } = page;
    if (events.ids.length === 0 && gap === undefined) {
      const isNew = value !== undefined && value !== this.#checkpoint;
      if (isNew) await store.saveCheckpoint(source.name, value);
      return 0;
    }
    const gapEvents = gap === undefined ? [] : [toStoredEvent(feed.gapEvent(gap, clock.nowMs()))];
    const { duplicates } = await store.append({
      stream: source.stream,
      // A copy: what is appended is given away, and a page that is refused comes again.
      events: linesBehind(gapEvents, events),
      ...(value === undefined ? {} : { checkpoint: { source: source.name, value } }),
      ...(horizonMs === undefined ? {} : { deduplication: { horizonMs } }),
    });
    return duplicates;
  }

  #count({ events, gap, isSweep }: SourcePage, duplicates: number): void {
    const { status, source, log } = this.#collection;
    const count = events.ids.length;
    const late = isSweep === true ? count - duplicates : 0;
    status.late += late;
    if (late > 0)
      log.info({ source: source.name, late }, 'events came late and were found by a sweep');
    status.eventsPulled += count;
    status.eventsStored += count - duplicates;
    status.duplicates += duplicates;
    for (const occurredAtMs of events.occurredAtMs) {
      status.newestEventMs = Math.max(status.newestEventMs ?? occurredAtMs, occurredAtMs);
    }
    if (gap === undefined) return;
    status.gaps += 1;
    log.error({ source: source.name, stream: source.stream, gap }, 'events are missing');
  }
}
