import type { StoredEvent } from '../core/event.ts';
import type { StreamName } from '../core/stream.ts';
import type { Window } from '../core/window.ts';
import type { EventStore } from '../store/event-store.ts';

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
  #horizon: Horizon | undefined;

  constructor(store: EventStore, stream: StreamName) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Takes the stream as it is now for what is held; events stored later are not looked up. */
  async restart(): Promise<void> {
    const info = await this.#store.streamInfo(this.#stream);
    this.#horizon = {
      oldestMs:
        info === undefined || info.firstRetainedPosition === 1 ? undefined : info.oldestEventMs,
      newestMs: info?.newestEventMs,
    };
  }

  /** `events` without those that are held, or that retention has dropped since they were held. */
  async without(
    events: readonly StoredEvent[],
    signal: AbortSignal,
  ): Promise<readonly StoredEvent[]> {
    if (this.#horizon === undefined) await this.restart();
    const { oldestMs = -Infinity, newestMs = -Infinity } = this.#horizon ?? {};
    const candidates = events.filter(({ occurredAtMs }) => occurredAtMs <= newestMs);
    if (candidates.length === 0) return events;
    const heldIds = await this.#heldIds(candidates, signal);
    return events.filter(({ id, occurredAtMs }) => occurredAtMs >= oldestMs && !heldIds.has(id));
  }

  async #heldIds(events: readonly StoredEvent[], signal: AbortSignal): Promise<Set<string>> {
    const wanted = new Set(events.map(({ id }) => id));
    const found = new Set<string>();
    for (const window of windowsAround(events)) {
      for await (const block of this.#store.readWindow(this.#stream, window, signal)) {
        for (const { json } of block.events) {
          const id = storedId(json);
          if (wanted.has(id)) found.add(id);
        }
        if (found.size === wanted.size) return found;
      }
    }
    return found;
  }
}

/** Times of events that the stream may hold. */
interface Horizon {
  /** Older ones were dropped by retention; undefined while it never dropped any. */
  readonly oldestMs: number | undefined;
  readonly newestMs: number | undefined;
}

/** Few windows, in order, that hold the times of all `events` and little else. */
export function windowsAround(events: readonly StoredEvent[]): readonly Window[] {
  const timesMs = events.map(({ occurredAtMs }) => occurredAtMs).toSorted((a, b) => a - b);
  const windows: { fromMs: number; untilMs: number }[] = [];
  for (const timeMs of timesMs) {
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
