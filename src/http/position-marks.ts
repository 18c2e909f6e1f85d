import { createHash } from 'node:crypto';
import type { Position, StreamName } from '../core/stream.ts';
import type { EventStore } from '../store/event-store.ts';

/** Events that a mark is made of: the one at the position, and those before it. */
const markedEvents = 32;
/** Of what is read at one time. */
const readBytes = 1024 ** 2;
/** Marks in memory; about 150 bytes each. */
const marksKept = 10_000;

/** Characters of a mark: 6 bytes in base64url. */
export const markPattern = /^[A-Za-z0-9_-]{8}$/;

/**
 * What tells the event at a position from another one that has the same position. There are two when
 * a store has lost its last commits (its disk lied about them, or it was restored from an older copy)
 * and gave their positions again: then a client that goes on behind the old one would miss those that
 * it does not know of. Stored bytes never change, so a mark does not either.
 */
export class PositionMarks {
  readonly #store: Pick<EventStore, 'readAfter'>;
  /** Used last comes last. */
  readonly #marks = new Map<string, string>();

  constructor(store: Pick<EventStore, 'readAfter'>) {
    this.#store = store;
  }

  /**
   * Undefined at 0, beyond the head, and where retention has dropped one of the events. `incarnation`
   * changes when a tenant is deleted and another one gets its name.
   */
  async of(
    stream: StreamName,
    incarnation: string,
    position: Position,
  ): Promise<string | undefined> {
    if (position === 0) return undefined;
    const key = `${stream} ${incarnation} ${position}`;
    const mark = this.#marks.get(key) ?? (await this.#read(stream, position));
    if (mark === undefined) return undefined;
    this.#marks.delete(key);
    this.#marks.set(key, mark);
    for (const oldest of this.#marks.keys()) {
      if (this.#marks.size <= marksKept) break;
      this.#marks.delete(oldest);
    }
    return mark;
  }

  async #read(stream: StreamName, position: Position): Promise<string | undefined> {
    const hash = createHash('sha256');
    for (let after = Math.max(0, position - markedEvents); after < position;) {
      const limits = { events: position - after, bytes: readBytes };
      const { blocks, lost } = await this.#store.readAfter(stream, after, limits);
      const last = blocks.at(-1)?.lastPosition;
      if (lost !== undefined || last === undefined) return undefined;
      for (const { ndjson } of blocks) hash.update(ndjson);
      after = last;
    }
    return hash.digest().subarray(0, 6).toString('base64url');
  }
}
