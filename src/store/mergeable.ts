import { segmentBytesTarget } from './segment-builder.ts';

interface Weighed {
  readonly ndjsonBytes: number;
  /** Segments of different streams are no neighbours; left out where all are of one. */
  readonly streamId?: number;
}

/**
 * The first neighbours of one stream that fit into one segment together and of which none is more
 * than half: so an event is rewritten a few times at most, however often small appends are followed
 * by a compaction.
 */
export function firstMergeable<Row extends Weighed>(rows: readonly Row[]): readonly Row[] {
  let start = 0;
  while (start < rows.length) {
    const run = fitting(rows, start);
    const sum = run.reduce((bytes, row) => bytes + row.ndjsonBytes, 0);
    const largest = Math.max(...run.map((row) => row.ndjsonBytes));
    if (run.length > 1 && sum >= 2 * largest) return run;
    start += run.findIndex((row) => row.ndjsonBytes === largest) + 1;
  }
  return [];
}

/** As many rows from `start` on as fit into one segment; at least one. */
function fitting<Row extends Weighed>(rows: readonly Row[], start: number): readonly Row[] {
  const streamId = rows[start]?.streamId;
  let [end, bytes] = [start, 0];
  while (end < rows.length) {
    const row = rows[end];
    if (!row || row.streamId !== streamId) break;
    if (end > start && bytes + row.ndjsonBytes > segmentBytesTarget) break;
    bytes += row.ndjsonBytes;
    end++;
  }
  return rows.slice(start, end);
}
