import { AppError } from '../core/errors.ts';
import type { Position } from '../core/stream.ts';
import type { Appended } from '../store/event-store.ts';
import { decodeIds } from '../store/sqlite/encoded-append.ts';
import type { EncodedAppend } from '../store/sqlite/protocol.ts';
import {
  type MemoryEvent,
  type MemorySegment,
  type MemoryStorage,
  type MemoryStream,
  segmentBytes,
} from './memory-storage.ts';

const segmentBytesMax = 1024 ** 2;
const idempotencyLifeMs = 24 * 3_600_000;

/** One append as a transaction: all of it or, when it throws, nothing. */
export function commitAppend(storage: MemoryStorage, append: EncodedAppend): Appended {
  const { stream: name, nowMs, idempotency, checkpoint } = append;
  const stream = storage.streams.get(name);
  const known = idempotency && stream?.answers.get(idempotency.key);
  if (known !== undefined && known.expiresAtMs > nowMs) {
    if (known.digest === idempotency?.digest) return { ...known.appended, repeated: true };
    throw new AppError('input_invalid', `the key ${idempotency?.key} came with other content`);
  }
  const offered = eventsOf(append);
  const events = withoutSeen(stream, offered, append);
  const head = stream?.headPosition ?? 0;
  const appended: Appended = {
    firstPosition: head + 1,
    lastPosition: head + events.length,
    duplicates: offered.length - events.length,
    repeated: false,
  };
  if (events.length > 0) addSegments(storage.streamOf(name), events, nowMs);
  if (append.deduplication !== undefined) {
    const { seenAtMs } = storage.streamOf(name);
    for (const { id } of events) if (id !== undefined) seenAtMs.set(id, nowMs);
  }
  if (idempotency !== undefined) {
    const { key, digest } = idempotency;
    const answer = { digest, appended, expiresAtMs: nowMs + idempotencyLifeMs };
    storage.streamOf(name).answers.set(key, answer);
  }
  if (checkpoint !== undefined) {
    storage.checkpoints.set(checkpoint.source, { value: checkpoint.value, stream: name });
  }
  return appended;
}

interface OfferedEvent extends MemoryEvent {
  /** Only when repeats are to be left out. */
  readonly id: string | undefined;
}

function eventsOf({ ndjson, timesMs, deduplication }: EncodedAppend): readonly OfferedEvent[] {
  const ids = deduplication && timesMs.length > 0 ? decodeIds(deduplication) : [];
  const lines = Buffer.from(ndjson).toString().split('\n');
  return Array.from(timesMs, (timeMs, line) => ({
    id: ids[line],
    timeMs,
    json: lines[line] ?? '',
  }));
}

/** Ids are forgotten to the second, as the contract says. */
function withoutSeen(
  stream: MemoryStream | undefined,
  offered: readonly OfferedEvent[],
  { deduplication, nowMs }: EncodedAppend,
): readonly OfferedEvent[] {
  if (deduplication === undefined) return offered;
  const sinceS = Math.floor((nowMs - deduplication.horizonMs) / 1000);
  const inBatch = new Set<string>();
  return offered.filter(({ id = '' }) => {
    const seenAtMs = stream?.seenAtMs.get(id);
    const isKnown = seenAtMs !== undefined && Math.floor(seenAtMs / 1000) >= sinceS;
    return !isKnown && inBatch.size < inBatch.add(id).size;
  });
}

function addSegments(
  stream: MemoryStream,
  events: readonly OfferedEvent[],
  appendedMs: number,
): void {
  let segment: MemoryEvent[] = [];
  let sizeBytes = 0;
  const close = () => {
    if (segment.length === 0) return;
    stream.segments.push({ firstPosition: stream.headPosition + 1, appendedMs, events: segment });
    stream.headPosition += segment.length;
    segment = [];
    sizeBytes = 0;
  };
  for (const { timeMs, json } of events) {
    const bytes = Buffer.byteLength(json) + 1;
    if (sizeBytes + bytes > segmentBytesMax) close();
    segment.push({ timeMs, json });
    sizeBytes += bytes;
  }
  close();
}

/** Neighbours as long as together they stay within a segment's size. */
export function mergedSegments(segments: readonly MemorySegment[]): MemorySegment[] {
  const merged: MemorySegment[] = [];
  let sizeBytes = 0;
  for (const segment of segments) {
    const bytes = segmentBytes(segment);
    const last = merged.at(-1);
    if (last !== undefined && sizeBytes + bytes <= segmentBytesMax) {
      const appendedMs = Math.max(last.appendedMs, segment.appendedMs);
      merged[merged.length - 1] = {
        firstPosition: last.firstPosition,
        appendedMs,
        events: [...last.events, ...segment.events],
      };
      sizeBytes += bytes;
    } else {
      merged.push(segment);
      sizeBytes = bytes;
    }
  }
  return merged;
}

/** Drops whole old segments from the front. Returns how many events went. */
export function dropOldest(stream: MemoryStream, beforeMs: number): number {
  const before: Position = stream.firstRetainedPosition;
  for (;;) {
    const [oldest] = stream.segments;
    const isOld =
      oldest !== undefined &&
      oldest.appendedMs < beforeMs &&
      oldest.events.every(({ timeMs }) => timeMs < beforeMs);
    if (!isOld) return stream.firstRetainedPosition - before;
    stream.segments.shift();
    stream.firstRetainedPosition = oldest.firstPosition + oldest.events.length;
  }
}
