import type { DatabaseSync } from 'node:sqlite';
import { BackwardDraft } from '../backward-draft.ts';
import type { Position } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { snapshot } from './database.ts';
import type { BackwardRead, EncodedPageBefore } from './protocol.ts';
import { SegmentTable } from './segment-table.ts';
import { StreamTable, type StreamRow } from './stream-table.ts';

/** A read that finds nothing in so many segments answers, so that others get their turn. */
const segmentsMax = 32;

/** Reads a stream from its head towards its beginning. */
export class BackwardReader {
  readonly #database: DatabaseSync;
  readonly #streams: StreamTable;
  readonly #segments: SegmentTable;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#streams = new StreamTable(database);
    this.#segments = new SegmentTable(database);
  }

  /** As `EventStore.readBefore`. */
  page({ stream, before, window, limits }: BackwardRead): EncodedPageBefore {
    return snapshot(this.#database, () => {
      const row = this.#streams.find(stream);
      if (!row) return { blocks: [], next: undefined, headPosition: 0 };
      const draft = new BackwardDraft(limits);
      const reached = this.#fill(draft, row, Math.min(before, row.headPosition + 1), window);
      const next = reached > row.firstRetainedPosition ? reached : undefined;
      return { blocks: draft.blocks, next, headPosition: row.headPosition };
    });
  }

  /** The position down to which the draft holds everything of the window; 0 for all there is. */
  #fill(draft: BackwardDraft, row: StreamRow, before: Position, window: Window): Position {
    let reached = before;
    for (let count = 0; count < segmentsMax && reached > row.firstRetainedPosition; count += 1) {
      const segment = this.#segments.beforeInWindow(row.id, reached, window);
      if (!segment) return 0;
      const block = this.#segments.open(row, segment);
      reached = draft.addSegment(block, window, reached);
      if (draft.isFull) break;
    }
    return reached;
  }
}
