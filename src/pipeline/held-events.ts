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
  #retainedSinceMs: number | undefined;

  constructor(store: EventStore, stream: StreamName) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Whether `restart` was called: after a process starts in the middle of repeats, it was not. */
  get isStarted(): boolean {
    return this.#retainedSinceMs !== undefined;
  }

  /**
   * Notes how far back the stream reaches now: what is older was held once, and dropped by retention.
   * Events that come afterwards can then be told from it.
   */
  async restart(): Promise<void> {
    const info = await this.#store.streamInfo(this.#stream);
    const isTrimmed = info !== undefined && info.firstRetainedPosition > 1;
    this.#retainedSinceMs = (isTrimmed ? info.oldestEventMs : undefined) ?? -Infinity;
  }

  /** `events` without those that are held, or that retention has dropped since they were held. */
  async withoutRepeated(
    events: readonly StoredEvent[],
    signal: AbortSignal,
  ): Promise<readonly StoredEvent[]> {
    const sinceMs = this.#retainedSinceMs ?? -Infinity;
    const retained = events.filter(({ occurredAtMs }) => occurredAtMs >= sinceMs);
    return this.withoutHeld(retained, signal);
  }

  /** `events` without those that the stream holds, whatever their time. */
  async withoutHeld(
    events: readonly StoredEvent[],
    signal: AbortSignal,
  ): Promise<readonly StoredEvent[]> {
    const heldIds = await this.#heldIds(events, signal);
    return heldIds.size === 0 ? events : events.filter(({ id }) => !heldIds.has(id));
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
