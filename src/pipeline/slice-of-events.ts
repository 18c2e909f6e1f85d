import type { StreamName } from '../core/stream.ts';
import type { EncodedEvent, Slice, StagedSlice } from '../sinks/sink.ts';

/** A slice of these events, at least one, in the order of their positions; none of them is a gap. */
export function sliceOfEvents(stream: StreamName, events: readonly EncodedEvent[]): Slice {
  return {
    stream,
    firstPosition: events.at(0)?.position ?? 1,
    lastPosition: events.at(-1)?.position ?? 0,
    eventCount: events.length,
    gaps: [],
    sizeBytes: events.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0),
    newestEventMs: events.at(-1)?.occurredAtMs,
    events,
  };
}

/** The same as bytes. */
export function stagedSliceOfEvents(
  stream: StreamName,
  events: readonly EncodedEvent[],
): StagedSlice {
  const { events: _, ...summary } = sliceOfEvents(stream, events);
  return { ...summary, chunks: events.map(({ line }) => Buffer.from(`${line}\n`)) };
}
