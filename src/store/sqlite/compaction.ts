import { segmentContent } from '../segment.ts';
import type { CompactionPlace } from './protocol.ts';
import { firstMergeable } from '../mergeable.ts';
import { joinSegments } from '../segment-builder.ts';
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
