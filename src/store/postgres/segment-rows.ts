import type { Position } from '../../core/stream.ts';
import {
  corruptSegment,
  encodeSegment,
  openSegment,
  type SegmentBlock,
  type SegmentContent,
} from '../segment.ts';
import type { SqlValue, Transaction } from './database.ts';
import type { HotStatements } from './statements.ts';
import { identityOf, type StreamRow } from './stream-rows.ts';

export interface SegmentRow {
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** When the newest event in it was appended. */
  readonly appendedMs: number;
  readonly ndjsonBytes: number;
  readonly blockBytes: number;
}

export interface StoredSegment extends SegmentRow {
  readonly block: Buffer;
}

/** Rows of one insert: bounds how many bytes are sent before the server takes any. */
const rowsPerInsert = 16;

export function encodeRow(
  stream: StreamRow,
  firstPosition: Position,
  content: SegmentContent,
  appendedMs: number,
): StoredSegment {
  const block = encodeSegment(identityOf(stream, firstPosition), content);
  const { timesMs, ndjson } = content;
  return {
    firstPosition,
    lastPosition: firstPosition + timesMs.length - 1,
    ...timeBounds(timesMs),
    appendedMs,
    ndjsonBytes: ndjson.length,
    blockBytes: block.length,
    block,
  };
}

/** Sends the segments and counts them in `stream`, which the caller saves. */
export function sendSegments(
  transaction: Transaction,
  sql: HotStatements,
  stream: StreamRow,
  rows: readonly StoredSegment[],
): void {
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    const some = rows.slice(start, start + rowsPerInsert);
    const values: SqlValue[] = [stream.stream, stream.epoch, ...some.flatMap(valuesOf)];
    transaction.send(sql.insertSegments(some.length), values);
  }
  stream.looseSegments += rows.length;
  stream.storedBytes += rows.reduce((sum, row) => sum + row.blockBytes, 0);
}

/** Throws `store_corrupt` when the segment is not whole. */
export function openRow(
  stream: Pick<StreamRow, 'stream' | 'epoch'>,
  row: StoredSegment,
): SegmentBlock {
  return openSegment(identityOf(stream, row.firstPosition), eventCount(row), row.block);
}

/** The row that should hold `position`. Throws `store_corrupt` when it does not. */
export function assertHolds<Row extends SegmentRow>(
  stream: StreamRow,
  position: Position,
  row: Row | undefined,
): Row {
  if (row && row.firstPosition <= position && row.lastPosition >= position) return row;
  throw corruptSegment(identityOf(stream, position), 'it is missing');
}

export function eventCount({ firstPosition, lastPosition }: SegmentRow): number {
  return lastPosition - firstPosition + 1;
}

function valuesOf(row: StoredSegment): readonly SqlValue[] {
  const { firstPosition, lastPosition, minTimeMs, maxTimeMs } = row;
  const { appendedMs, ndjsonBytes, blockBytes, block } = row;
  return [
    firstPosition,
    lastPosition,
    minTimeMs,
    maxTimeMs,
    appendedMs,
    ndjsonBytes,
    blockBytes,
    block,
  ];
}

function timeBounds(timesMs: Float64Array): { minTimeMs: number; maxTimeMs: number } {
  let minTimeMs = Infinity;
  let maxTimeMs = -Infinity;
  for (const time of timesMs) {
    if (time < minTimeMs) minTimeMs = time;
    if (time > maxTimeMs) maxTimeMs = time;
  }
  return { minTimeMs, maxTimeMs };
}
