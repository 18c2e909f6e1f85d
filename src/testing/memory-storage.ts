import type { Position, StreamName } from '../core/stream.ts';
import type { Appended, SinkDelivery } from '../store/event-store.ts';
import { MemoryQuarantine } from './memory-quarantine.ts';

/** Events that were appended together, or merged since. */
export interface MemorySegment {
  readonly firstPosition: Position;
  readonly appendedMs: number;
  readonly events: readonly MemoryEvent[];
}

export interface MemoryEvent {
  readonly timeMs: number;
  readonly json: string;
}

export interface MemoryStream {
  headPosition: Position;
  firstRetainedPosition: Position;
  segments: MemorySegment[];
  /** First answers to batches with a key. */
  readonly answers: Map<string, KeptAnswer>;
  /** When ids were seen, epoch milliseconds; only of appends that asked for it. */
  readonly seenAtMs: Map<string, number>;
}

export interface KeptAnswer {
  readonly digest: string;
  readonly appended: Appended;
  readonly expiresAtMs: number;
}

/**
 * What stores in memory have committed. It survives the crash of every process that has opened a
 * store on it, as a file would; `MemoryEventStore` is such a process's way to it.
 */
export class MemoryStorage {
  readonly streams = new Map<StreamName, MemoryStream>();
  readonly checkpoints = new Map<string, { value: string; stream: StreamName | undefined }>();
  readonly deliveries = new Map<string, SinkDelivery>();
  readonly quarantine = new MemoryQuarantine();
  readonly #listeners = new Set<(stream: StreamName) => void>();

  /** Made when it is missing. */
  streamOf(name: StreamName): MemoryStream {
    const known = this.streams.get(name);
    if (known !== undefined) return known;
    const stream: MemoryStream = {
      headPosition: 0,
      firstRetainedPosition: 1,
      segments: [],
      answers: new Map(),
      seenAtMs: new Map(),
    };
    this.streams.set(name, stream);
    return stream;
  }

  head(name: StreamName): Position {
    return this.streams.get(name)?.headPosition ?? 0;
  }

  /** What is committed now; the result brings that back, once. */
  snapshot(): () => void {
    const streams = [...this.streams].map(([name, stream]) => [name, copyOf(stream)] as const);
    const checkpoints = [...this.checkpoints];
    const deliveries = [...this.deliveries];
    const quarantine = this.quarantine.snapshot();
    return () => {
      refill(this.streams, streams);
      refill(this.checkpoints, checkpoints);
      refill(this.deliveries, deliveries);
      quarantine();
    };
  }

  /** Calls `listener` whenever a stream has grown, until the result is disposed. */
  listen(listener: (stream: StreamName) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  announce(stream: StreamName): void {
    for (const listener of this.#listeners) listener(stream);
  }
}

function copyOf(stream: MemoryStream): MemoryStream {
  const { segments, answers, seenAtMs } = stream;
  return {
    ...stream,
    segments: [...segments],
    answers: new Map(answers),
    seenAtMs: new Map(seenAtMs),
  };
}

function refill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

/** Of the segment's JSON with one byte for each line feed. */
export function segmentBytes({ events }: MemorySegment): number {
  return events.reduce((sum, { json }) => sum + Buffer.byteLength(json) + 1, 0);
}

export function lastPositionOf({ firstPosition, events }: MemorySegment): Position {
  return firstPosition + events.length - 1;
}
