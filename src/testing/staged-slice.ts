import type { Position, StreamName } from '../core/stream.ts';
import type { StagedSlice } from '../sinks/sink.ts';

/** A slice whose lines have the positions from `firstPosition` on. */
export function stagedSlice(
  stream: StreamName,
  firstPosition: Position,
  lines: readonly string[],
): StagedSlice {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return {
    stream,
    firstPosition,
    lastPosition: firstPosition + lines.length - 1,
    eventCount: lines.length,
    gaps: [],
    sizeBytes: bytes.length,
    newestEventMs: 0,
    chunks: [bytes],
  };
}
