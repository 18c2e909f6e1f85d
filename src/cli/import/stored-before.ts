import { type EventLines, someOfLines } from '../../core/event-lines.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { idsHeld, windowsAround } from '../../pipeline/held-events.ts';
import type { EventStore } from '../../store/event-store.ts';

/** Every window costs a search of its own; beyond these, reading the time between them costs less. */
const windowsMax = 64;

/**
 * Knows what the stream holds already, from whomever. Of what the import itself appends the store
 * remembers the ids, so those positions are not read again and again: a large file whose times are
 * in no order would otherwise be read as often as there are looks.
 */
export class StoredBefore {
  readonly #store: EventStore;
  readonly #stream: StreamName;
  /** What others appended stands up to here. */
  #others: Position | undefined;
  /** As the import left it. */
  #head: Position = 0;

  constructor(store: EventStore, stream: StreamName) {
    this.#store = store;
    this.#stream = stream;
  }

  /** `batches` without what is stored; after an abort some of that may be in the answer. */
  async without(
    batches: readonly EventLines[],
    signal: AbortSignal,
  ): Promise<readonly EventLines[]> {
    const untilPosition = await this.#lookAtHead();
    const ids = new Set(batches.flatMap((batch) => batch.ids));
    if (untilPosition === 0 || ids.size === 0) return batches;
    const windows = fewWindows(batches.flatMap(({ occurredAtMs }) => occurredAtMs));
    const log = { store: this.#store, stream: this.#stream };
    const held = await idsHeld(log, { ids, windows, untilPosition }, signal);
    if (held.size === 0) return batches;
    return batches.map((batch) => someOfLines(batch, (id) => !held.has(id)));
  }

  /** Notes what the import has appended. Who came in between is noticed by the next look. */
  appended(firstPosition: Position, lastPosition: Position): void {
    if (firstPosition === this.#head + 1) this.#head = lastPosition;
  }

  async #lookAtHead(): Promise<Position> {
    const head = (await this.#store.streamInfo(this.#stream))?.headPosition ?? 0;
    if (this.#others === undefined || head !== this.#head) this.#others = head;
    this.#head = head;
    return this.#others;
  }
}

function fewWindows(timesMs: readonly number[]): readonly Window[] {
  const windows = windowsAround(timesMs);
  const [first, last] = [windows[0], windows.at(-1)];
  if (windows.length <= windowsMax || !first || !last) return windows;
  return [{ fromMs: first.fromMs, untilMs: last.untilMs }];
}
