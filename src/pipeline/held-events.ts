import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { type EventLines, someOfLines } from '../core/event-lines.ts';
import type { Position, StreamName } from '../core/stream.ts';
import { timedEvents } from '../core/timed-block.ts';
import type { Window } from '../core/window.ts';
import type { Source } from '../sources/source.ts';
import type { EventStore, StreamInfo } from '../store/event-store.ts';

/** Events further apart than this are looked up separately. */
const windowJoinMs = 10 * 60_000;

/**
 * Finds out which events of a page the stream holds already, by reading the stream itself around
 * their times: the log is the ledger. So pulling costs nothing extra until a source has to start
 * again, and then everything that is retained counts, however long ago it was stored.
 */
export class HeldEvents {
  readonly #store: EventStore;
  readonly #stream: StreamName;
  /** What the reach is stored under, beside the checkpoints: no source can have the name. */
  readonly #reachName: string;
  readonly #retainedSinceMs: () => number | undefined;
  #reach: Reach | undefined;
  #isFinished = false;

  /** `retainedSinceMs`: what occurred before it, retention may have dropped. */
  constructor(
    store: EventStore,
    { name, stream }: Pick<Source, 'name' | 'stream'>,
    retainedSinceMs: () => number | undefined = () => undefined,
  ) {
    this.#store = store;
    this.#stream = stream;
    this.#reachName = `${name}~held`;
    this.#retainedSinceMs = retainedSinceMs;
  }

  /**
   * Notes what the stream holds now; only that can be repeated by a source that starts again. It is
   * stored: what comes from here on is new, also to a process that goes on in the middle of repeats.
   * `heldMs`: of the newest event that was ever pulled. What occurred later cannot have been dropped
   * here, however old it is by now: nobody pulled for longer than events are retained.
   */
  async restart(heldMs?: number): Promise<void> {
    const known = await this.#unfinishedReach();
    const now = await this.#reachNow(heldMs);
    // Who starts again before he was through has brought events himself since the first time: what
    // is older than those need not have been here.
    await this.#save(known === undefined ? now : { ...now, sinceMs: known.sinceMs });
    this.#isFinished = false;
  }

  /** Notes that the source is through with what it repeats. */
  async finish(): Promise<void> {
    if (this.#isFinished) return;
    const known = await this.#unfinishedReach();
    if (known !== undefined) await this.#save({ ...known, isOver: true });
    this.#isFinished = true;
  }

  /** `events` without those that were held at `restart`, or dropped by retention before. */
  async withoutRepeated(events: EventLines, signal: AbortSignal): Promise<EventLines> {
    this.#reach ??= (await this.#unfinishedReach()) ?? (await this.#reachNow());
    const { headPosition, sinceMs } = this.#reach;
    if (headPosition === 0) return events;
    const heldIds = await this.#heldIds(events, headPosition, signal);
    const fromMs = sinceMs ?? -Infinity;
    return someOfLines(events, (id, occurredAtMs) => occurredAtMs >= fromMs && !heldIds.has(id));
  }

  /** `events` without those that the stream holds now. */
  async withoutHeld(events: EventLines, signal: AbortSignal): Promise<EventLines> {
    const heldIds = await this.#heldIds(events, Infinity, signal);
    return heldIds.size === 0 ? events : someOfLines(events, (id) => !heldIds.has(id));
  }

  async #reachNow(heldMs = Infinity): Promise<Reach> {
    const info = await this.#store.streamInfo(this.#stream);
    const trimmedUntilMs = this.#trimmedUntilMs(info);
    return {
      stream: this.#stream,
      headPosition: info?.headPosition ?? 0,
      sinceMs: trimmedUntilMs === undefined ? null : Math.min(trimmedUntilMs, heldMs),
      isOver: false,
    };
  }

  /**
   * How far by time retention has dropped, if it has. One wrong date among what is left would pull
   * the oldest time back beyond all that went, so the later of the two tells.
   */
  #trimmedUntilMs(info: StreamInfo | undefined): number | undefined {
    if (info === undefined || info.firstRetainedPosition <= 1) return undefined;
    const timesMs = [info.oldestEventMs, this.#retainedSinceMs()];
    const knownMs = timesMs.filter((ms) => ms !== undefined);
    return knownMs.length === 0 ? undefined : Math.max(...knownMs);
  }

  async #save(reach: Reach): Promise<void> {
    await this.#store.saveCheckpoint(this.#reachName, JSON.stringify(reach));
    this.#reach = reach;
  }

  /** Undefined when none was noted, or for another stream that the source had once. */
  async #unfinishedReach(): Promise<Reach | undefined> {
    const reach = this.#reach ?? (await this.#storedReach());
    return reach?.stream === this.#stream && !reach.isOver ? reach : undefined;
  }

  async #storedReach(): Promise<Reach | undefined> {
    const text = await this.#store.checkpoint(this.#reachName);
    if (text === undefined) return undefined;
    try {
      return reachSchema.parse(JSON.parse(text));
    } catch (error) {
      const message = `what ${this.#stream} held is stored in an unknown form`;
      throw new AppError('store_corrupt', message, { cause: error });
    }
  }

  #heldIds(
    { ids, occurredAtMs }: EventLines,
    untilPosition: Position,
    signal: AbortSignal,
  ): Promise<Set<string>> {
    const wanted = { ids: new Set(ids), windows: windowsAround(occurredAtMs), untilPosition };
    return idsHeld({ store: this.#store, stream: this.#stream }, wanted, signal);
  }
}

/** What is looked for in a stream. */
export interface WantedIds {
  readonly ids: ReadonlySet<string>;
  /** Around the events' times. */
  readonly windows: readonly Window[];
  /** What stands behind it does not count, and is not read. */
  readonly untilPosition: Position;
}

/** Those of the ids that the stream holds; not all of them when an abort cuts the search short. */
export async function idsHeld(
  {
    store,
    stream,
  }: { readonly store: Pick<EventStore, 'readWindow'>; readonly stream: StreamName },
  { ids, windows, untilPosition }: WantedIds,
  signal: AbortSignal,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const window of windows) {
    for await (const block of store.readWindow(stream, window, signal)) {
      if ((block.positions[0] ?? 0) > untilPosition) break;
      for (const { position, json } of timedEvents(block)) {
        if (position > untilPosition) break;
        const id = storedId(json);
        if (ids.has(id)) found.add(id);
      }
      if (found.size === ids.size) return found;
    }
  }
  return found;
}

/**
 * What a stream held when its source started again. `sinceMs`: older events were held once, and
 * dropped by retention. `isOver`: the source is through with what it repeats.
 */
const reachSchema = z.strictObject({
  stream: z.string(),
  headPosition: z.int().min(0),
  sinceMs: z.int().nullable(),
  isOver: z.boolean(),
});
type Reach = Readonly<z.infer<typeof reachSchema>>;

/** Few windows, in order, that hold all of these times and little else. */
export function windowsAround(timesMs: readonly number[]): readonly Window[] {
  const windows: { fromMs: number; untilMs: number }[] = [];
  for (const timeMs of timesMs.toSorted((a, b) => a - b)) {
    const last = windows.at(-1);
    if (last !== undefined && timeMs - last.untilMs < windowJoinMs) last.untilMs = timeMs + 1;
    else windows.push({ fromMs: timeMs, untilMs: timeMs + 1 });
  }
  return windows;
}

const storedStart = '{"id":"';

/** The id stands first in stored JSON, and unescaped unless a backslash shows otherwise. */
function storedId(json: string): string {
  const end = json.indexOf('"', storedStart.length);
  const text = json.slice(storedStart.length, end);
  if (json.startsWith(storedStart) && !text.includes('\\')) return text;
  const event: { readonly id: string } = JSON.parse(json);
  return event.id;
}
