import { lineEnds } from '../ndjson.ts';
import { eventCount, type SegmentRow, type SegmentTable } from './segment-table.ts';
import type { StreamRow } from './stream-table.ts';

interface SegmentLines {
  readonly ndjson: Buffer;
  readonly ends: Uint32Array;
}

const keptBytesMax = 8 * 1024 ** 2;

/**
 * Segments that were read in part lately, decompressed: a client that pages through one finds it
 * here. A stream's positions are never given out twice, so an entry is never out of date.
 */
export class RecentSegments {
  readonly #segments: SegmentTable;
  readonly #kept = new Map<string, SegmentLines>();
  #keptBytes = 0;

  constructor(segments: SegmentTable) {
    this.#segments = segments;
  }

  lines(stream: StreamRow, row: SegmentRow): SegmentLines {
    const key = `${row.streamId} ${row.firstPosition} ${row.lastPosition}`;
    const kept = this.#kept.get(key) ?? this.#read(stream, row);
    // Deleting first moves it to the young end of the map.
    if (this.#kept.delete(key)) this.#keptBytes -= kept.ndjson.length;
    this.#kept.set(key, kept);
    this.#keptBytes += kept.ndjson.length;
    this.#dropOldest();
    return kept;
  }

  #read(stream: StreamRow, row: SegmentRow): SegmentLines {
    const ndjson = this.#segments.ndjson(stream, row);
    return { ndjson, ends: lineEnds(ndjson, eventCount(row)) };
  }

  #dropOldest(): void {
    for (const [key, { ndjson }] of this.#kept) {
      if (this.#keptBytes <= keptBytesMax) return;
      this.#kept.delete(key);
      this.#keptBytes -= ndjson.length;
    }
  }
}
