import type { Position, StreamName } from '../core/stream.ts';
import type { TimedBlock } from '../core/timed-block.ts';
import type { Window } from '../core/window.ts';
import type { EventBlock, Page, PageBefore, ReadLimits, StreamInfo } from '../store/event-store.ts';
import {
  lastPositionOf,
  type MemoryEvent,
  type MemorySegment,
  type MemoryStream,
  segmentBytes,
} from './memory-storage.ts';

const nothing: Page = { blocks: [], headPosition: 0, lost: undefined };

/** As `EventStore.readAfter`. */
export function pageOf(
  stream: MemoryStream | undefined,
  after: Position,
  limits: ReadLimits,
): Page {
  if (stream === undefined) return nothing;
  const { headPosition, firstRetainedPosition } = stream;
  const blocks: EventBlock[] = [];
  let [eventsLeft, bytesLeft] = [Math.max(1, limits.events), limits.bytes];
  for (const segment of stream.segments) {
    if (lastPositionOf(segment) <= after) continue;
    const skipped = Math.max(0, after + 1 - segment.firstPosition);
    const lines: string[] = [];
    for (const { json } of segment.events.slice(skipped)) {
      const bytes = Buffer.byteLength(json) + 1;
      const isFirst = blocks.length === 0 && lines.length === 0;
      if (eventsLeft === 0 || (bytes > bytesLeft && !isFirst)) break;
      lines.push(`${json}\n`);
      eventsLeft -= 1;
      bytesLeft -= bytes;
    }
    const firstPosition = segment.firstPosition + skipped;
    const lastPosition = firstPosition + lines.length - 1;
    if (lines.length > 0) {
      blocks.push({ firstPosition, lastPosition, ndjson: Buffer.from(lines.join('')) });
    }
    if (lastPosition < lastPositionOf(segment)) break;
  }
  const untilMs = oldestMs(stream);
  const isLate = after + 1 < firstRetainedPosition;
  const lost = { firstPosition: after + 1, lastPosition: firstRetainedPosition - 1, untilMs };
  return { blocks, headPosition, lost: isLate ? lost : undefined };
}

interface PlacedEvent extends MemoryEvent {
  readonly position: Position;
}

/** As `EventStore.readBefore`. */
export function pageBefore(
  stream: MemoryStream | undefined,
  before: Position,
  window: Window,
  limits: ReadLimits,
): PageBefore {
  const headPosition = stream?.headPosition ?? 0;
  const candidates = (stream?.segments.flatMap(placed) ?? []).filter(
    ({ position, timeMs }) =>
      position < before && timeMs >= window.fromMs && timeMs < window.untilMs,
  );
  const chosen: PlacedEvent[] = [];
  let bytesLeft = limits.bytes;
  for (const event of candidates.toReversed()) {
    const bytes = Buffer.byteLength(event.json) + 1;
    if (chosen.length >= Math.max(1, limits.events)) break;
    if (bytes > bytesLeft && chosen.length > 0) break;
    bytesLeft -= bytes;
    chosen.unshift(event);
  }
  const [oldest] = chosen;
  const isEnd = oldest === undefined || oldest === candidates[0];
  return {
    blocks: oldest === undefined ? [] : [blockOf(chosen)],
    next: isEnd ? undefined : oldest.position,
    headPosition,
  };
}

/** The events of a segment from `from` on that lie in a window. */
export function timedBlock(segment: MemorySegment, from: Position, window: Window): TimedBlock {
  return blockOf(
    placed(segment)
      .filter(({ position }) => position >= from)
      .filter(({ timeMs }) => timeMs >= window.fromMs && timeMs < window.untilMs),
  );
}

function placed({ firstPosition, events }: MemorySegment): readonly PlacedEvent[] {
  return events.map((event, line) => ({ ...event, position: firstPosition + line }));
}

function blockOf(events: readonly PlacedEvent[]): TimedBlock {
  return {
    ndjson: Buffer.from(events.map(({ json }) => `${json}\n`).join('')),
    positions: Float64Array.from(events, ({ position }) => position),
    timesMs: Float64Array.from(events, ({ timeMs }) => timeMs),
  };
}

/** As `EventStore.streamInfo`. */
export function infoOf(name: StreamName, stream: MemoryStream): StreamInfo {
  const newest = stream.segments.at(-1)?.events.map(({ timeMs }) => timeMs);
  return {
    stream: name,
    headPosition: stream.headPosition,
    firstRetainedPosition: stream.firstRetainedPosition,
    oldestEventMs: oldestMs(stream),
    newestEventMs: newest && Math.max(...newest),
    storedBytes: stream.segments.reduce((sum, segment) => sum + segmentBytes(segment), 0),
  };
}

function oldestMs({ segments }: MemoryStream): number | undefined {
  const times = segments[0]?.events.map(({ timeMs }) => timeMs);
  return times && Math.min(...times);
}
