import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Position } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import {
  corruptSegment,
  encodeSegment,
  openSegment,
  type SegmentBlock,
  type SegmentContent,
  type SegmentIdentity,
} from '../segment.ts';
import { prepareQuery, type Query } from './query.ts';
import type { StreamRow } from './stream-table.ts';

export interface SegmentRow {
  readonly streamId: number;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** When the newest event in it was appended. */
  readonly appendedMs: number;
  readonly ndjsonBytes: number;
  readonly blockBytes: number;
  readonly blockId: number;
}

/** What a segment is filed under: its stream's row says which stream, its own row the positions. */
type StreamIdentity = Pick<StreamRow, 'id' | 'name'>;

const columns = /* sql */ `
  stream_id as streamId, first_position as firstPosition, last_position as lastPosition,
  min_time_ms as minTimeMs, max_time_ms as maxTimeMs, appended_ms as appendedMs,
  ndjson_bytes as ndjsonBytes, block_bytes as blockBytes, block_id as blockId`;

export class SegmentTable {
  readonly #at: Query<SegmentRow>;
  readonly #after: Query<SegmentRow>;
  readonly #newest: Query<SegmentRow>;
  readonly #inWindow: Query<Pick<SegmentRow, 'firstPosition'>>;
  readonly #beforeInWindow: Query<SegmentRow>;
  readonly #block: Query<{ readonly bytes: unknown }>;
  readonly #insertBlock: StatementSync;
  readonly #insert: StatementSync;
  readonly #deleteBlock: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#at = prepareQuery(
      database,
      /* sql */ `
      select ${columns} from segment where stream_id = ? and first_position <= ?
      order by first_position desc limit 1`,
    );
    this.#after = prepareQuery(
      database,
      /* sql */ `
      select ${columns} from segment where (stream_id, first_position) > (?, ?)
      order by stream_id, first_position limit ?`,
    );
    this.#newest = prepareQuery(
      database,
      /* sql */ `
      select ${columns} from segment where stream_id = ? order by first_position desc limit 1`,
    );
    this.#inWindow = prepareQuery(
      database,
      /* sql */ `
      select first_position as firstPosition from segment indexed by segment_by_time
      where stream_id = ? and max_time_ms >= ? and min_time_ms < ? order by first_position`,
    );
    // The plus keeps the planner on the primary key: the newest segments are the ones wanted.
    this.#beforeInWindow = prepareQuery(
      database,
      /* sql */ `
      select ${columns} from segment
      where stream_id = ? and first_position < ? and +max_time_ms >= ? and +min_time_ms < ?
      order by first_position desc limit 1`,
    );
    this.#block = prepareQuery(database, 'select bytes from block where id = ?');
    this.#insertBlock = database.prepare('insert into block (bytes) values (?)');
    this.#insert = database.prepare('insert into segment values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#deleteBlock = database.prepare('delete from block where id = ?');
    this.#delete = database.prepare(
      'delete from segment where stream_id = ? and first_position = ?',
    );
  }

  /** The segment that holds `position`. Throws `store_corrupt` when no segment does. */
  at(stream: StreamIdentity, position: Position): SegmentRow {
    const row = this.#at.get(stream.id, position);
    if (row && row.lastPosition >= position) return row;
    throw corruptSegment(identityOf(stream, position), 'it is missing');
  }

  /** Up to `limit` segments behind the one that starts at `firstPosition`, in order of streams. */
  after(streamId: number, firstPosition: Position, limit: number): readonly SegmentRow[] {
    return this.#after.all(streamId, firstPosition, limit);
  }

  newest(streamId: number): SegmentRow | undefined {
    return this.#newest.get(streamId);
  }

  /** First positions of the segments that may hold events of the window, in order. */
  inWindow(streamId: number, { fromMs, untilMs }: Window): readonly Position[] {
    const rows = this.#inWindow.all(streamId, fromMs, untilMs);
    return rows.map((row) => row.firstPosition);
  }

  /** The newest segment that begins before `before` and may hold events of the window. */
  beforeInWindow(
    streamId: number,
    before: Position,
    { fromMs, untilMs }: Window,
  ): SegmentRow | undefined {
    return this.#beforeInWindow.get(streamId, before, fromMs, untilMs);
  }

  /** Stores `content` from `firstPosition` on and counts it in `stream`, which the caller saves. */
  insert(
    stream: StreamRow,
    firstPosition: Position,
    content: SegmentContent,
    appendedMs: number,
  ): void {
    const block = encodeSegment(identityOf(stream, firstPosition), content);
    const lastPosition = firstPosition + content.timesMs.length - 1;
    const { minMs, maxMs } = timeBounds(content.timesMs);
    const blockId = this.#insertBlock.run(block).lastInsertRowid;
    const blockBytes = block.length;
    releaseMemory(block);
    this.#insert.run(
      stream.id,
      firstPosition,
      lastPosition,
      minMs,
      maxMs,
      appendedMs,
      content.ndjson.length,
      blockBytes,
      blockId,
    );
    stream.storedBytes += blockBytes;
  }

  /** Removes the segment and what `stream` counts for it; the caller saves `stream`. */
  remove(stream: StreamRow, row: SegmentRow): void {
    this.removeRow(row);
    stream.storedBytes -= row.blockBytes;
  }

  /** Removes the segment of a stream that is no longer counted. */
  removeRow(row: SegmentRow): void {
    this.#deleteBlock.run(row.blockId);
    this.#delete.run(row.streamId, row.firstPosition);
  }

  /** Throws `store_corrupt` when the segment is not whole. */
  open(stream: StreamIdentity, row: SegmentRow): SegmentBlock {
    const identity = identityOf(stream, row.firstPosition);
    return openSegment(identity, eventCount(row), this.#blockBytes(identity, row));
  }

  #blockBytes(identity: SegmentIdentity, row: SegmentRow): Uint8Array {
    const bytes: unknown = this.#block.get(row.blockId)?.bytes;
    if (bytes instanceof Uint8Array) return bytes;
    // One flipped bit makes text of bytes; SQLite does not compare what it reads with the column.
    throw corruptSegment(identity, 'its block is missing, or no bytes');
  }
}

export function eventCount(row: SegmentRow): number {
  return row.lastPosition - row.firstPosition + 1;
}

function identityOf(stream: StreamIdentity, firstPosition: Position): SegmentIdentity {
  return { stream: stream.name, streamId: stream.id, firstPosition };
}

function timeBounds(timesMs: Float64Array): { minMs: number; maxMs: number } {
  let minMs = Infinity;
  let maxMs = -Infinity;
  for (const time of timesMs) {
    if (time < minMs) minMs = time;
    if (time > maxMs) maxMs = time;
  }
  return { minMs, maxMs };
}
