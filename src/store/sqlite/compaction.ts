import { segmentContent } from '../segment.ts';
import type { CompactionPlace } from './protocol.ts';
import { joinSegments, segmentBytesTarget } from './segment-builder.ts';
import type { SegmentRow, SegmentTable } from './segment-table.ts';
import type { StreamRow, StreamTable } from './stream-table.ts';

/** Rows looked at in one transaction. */
const rowsPerStep = 512;

/**
 * One step along all segments behind `from`: merges the first run of small neighbours there is.
 * Inside a write transaction. Answers where to go on; undefined at the end.
 */
export function compactStep(
  streams: StreamTable,
  segments: SegmentTable,
  from: CompactionPlace | undefined,
): CompactionPlace | undefined {
  const rows = segments.after(from?.streamId ?? 0, from?.firstPosition ?? 0, rowsPerStep);
  const run = firstMergeable(rows);
  const [first] = run;
  if (!first) return overlapping(rows);
  const stream = streams.findById(first.streamId);
  if (!stream) return run.at(-1); // It is being deleted.
  merge(stream, segments, run);
  return { streamId: first.streamId, firstPosition: first.firstPosition - 1 };
}

/** The next step sees half of these rows again, so that no neighbours are missed at the seam. */
function overlapping(rows: readonly SegmentRow[]): CompactionPlace | undefined {
  return rows.length < rowsPerStep ? undefined : rows[rowsPerStep / 2];
}

function merge(stream: StreamRow, segments: SegmentTable, run: readonly SegmentRow[]): void {
  const content = joinSegments(run.map((row) => segmentContent(segments.open(stream, row))));
  const appendedMs = Math.max(...run.map((row) => row.appendedMs));
  for (const row of run) segments.remove(stream, row);
  segments.insert(stream, run[0]?.firstPosition ?? 0, content, appendedMs);
}

/**
 * The first neighbours of one stream that fit into one segment together and of which none is more
 * than half: so an event is rewritten a few times at most, however often small appends are followed
 * by a compaction.
 */
export function firstMergeable(rows: readonly SegmentRow[]): readonly SegmentRow[] {
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
function fitting(rows: readonly SegmentRow[], start: number): readonly SegmentRow[] {
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
