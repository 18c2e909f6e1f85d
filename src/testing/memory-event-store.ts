import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';
import type { TimedBlock } from '../core/timed-block.ts';
import type { Window } from '../core/window.ts';
import type {
  Append,
  Appended,
  Delivery,
  EventStore,
  Page,
  PageBefore,
  Quarantine,
  QuarantinedEvent,
  QuarantinePlace,
  ReadLimits,
  RefusedEvent,
  SinkDelivery,
  StreamInfo,
} from '../store/event-store.ts';
import { encodeAppend } from '../store/sqlite/encoded-append.ts';
import { commitAppend, dropOldest, mergedSegments } from './memory-append.ts';
import { lastPositionOf, type MemorySegment, type MemoryStorage } from './memory-storage.ts';
import { infoOf, pageBefore, pageOf, timedBlock } from './memory-reads.ts';

/**
 * Carries out one transaction. What stands between a process and its disk: it may do so later, never
 * (the process died, and with it what was not committed), or without the caller hearing of it.
 */
export type Transact = <T>(what: string, act: () => T) => Promise<T>;

export interface MemoryEventStoreOptions {
  readonly storage: MemoryStorage;
  readonly clock: Clock;
  /** At once when left out. */
  readonly transact?: Transact;
}

/** An event store whose rows are in memory. Several may share one storage. */
export function openMemoryEventStore(options: MemoryEventStoreOptions): EventStore {
  return new MemoryEventStore(options);
}

class MemoryEventStore implements EventStore {
  readonly #storage: MemoryStorage;
  readonly #clock: Clock;
  readonly #transact: Transact;
  readonly #closed = new AbortController();

  constructor({ storage, clock, transact }: MemoryEventStoreOptions) {
    this.#storage = storage;
    this.#clock = clock;
    this.#transact = transact ?? (async (_, act) => act());
  }

  async append(append: Append, signal?: AbortSignal): Promise<Appended> {
    signal?.throwIfAborted();
    const encoded = encodeAppend(append, this.#clock.nowMs());
    return this.#do('append', () => {
      const appended = commitAppend(this.#storage, encoded);
      this.#storage.announce(append.stream);
      return appended;
    });
  }

  readAfter(stream: StreamName, after: Position, limits: ReadLimits): Promise<Page> {
    return this.#do('readAfter', () => pageOf(this.#storage.streams.get(stream), after, limits));
  }

  readBefore(
    stream: StreamName,
    before: Position,
    window: Window,
    limits: ReadLimits,
  ): Promise<PageBefore> {
    return this.#do('readBefore', () =>
      pageBefore(this.#storage.streams.get(stream), before, window, limits),
    );
  }

  async *readWindow(
    stream: StreamName,
    window: Window,
    signal?: AbortSignal,
  ): AsyncIterable<TimedBlock> {
    signal?.throwIfAborted();
    const segments = await this.#do('windowSegments', () => this.#segmentsIn(stream, window));
    let position = 0;
    for (const listed of segments) {
      signal?.throwIfAborted();
      if (lastPositionOf(listed) < position) continue;
      const read = () => this.#segmentFrom(stream, Math.max(position, listed.firstPosition));
      const segment = await this.#do('windowBlock', read);
      if (segment === undefined) continue;
      const block = timedBlock(segment, position, window);
      position = lastPositionOf(segment) + 1;
      if (block.positions.length > 0) yield block;
    }
    signal?.throwIfAborted();
  }

  async waitBeyond(
    stream: StreamName,
    after: Position,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Position> {
    const grown = Promise.withResolvers<void>();
    using _ = this.#storage.listen((name) => {
      if (name === stream && this.#storage.head(stream) > after) grown.resolve();
    });
    const head = await this.#do('head', () => this.#storage.head(stream));
    if (head > after || timeoutMs <= 0 || signal?.aborted) return head;
    const settled = new AbortController();
    const ends = [settled.signal, this.#closed.signal, ...(signal ? [signal] : [])];
    await Promise.race([grown.promise, this.#clock.sleep(timeoutMs, AbortSignal.any(ends))]);
    settled.abort();
    return this.#closed.signal.aborted ? head : this.#storage.head(stream);
  }

  streamInfo(stream: StreamName): Promise<StreamInfo | undefined> {
    return this.#do('streamInfo', () => {
      const found = this.#storage.streams.get(stream);
      return found && found.headPosition > 0 ? infoOf(stream, found) : undefined;
    });
  }

  streams(): Promise<readonly StreamInfo[]> {
    return this.#do('streams', () =>
      [...this.#storage.streams]
        .filter(([, { headPosition }]) => headPosition > 0)
        .map(([name, stream]) => infoOf(name, stream))
        .toSorted((a, b) => (a.stream < b.stream ? -1 : 1)),
    );
  }

  checkpoint(source: string): Promise<string | undefined> {
    return this.#do('checkpoint', () => this.#storage.checkpoints.get(source)?.value);
  }

  saveCheckpoint(source: string, value: string): Promise<void> {
    return this.#do('saveCheckpoint', () => {
      const stream = this.#storage.checkpoints.get(source)?.stream;
      this.#storage.checkpoints.set(source, { value, stream });
    });
  }

  delivery(sink: string, stream: StreamName): Promise<Delivery> {
    return this.#do('delivery', () => {
      const known = this.#storage.deliveries.get(`${sink} ${stream}`);
      if (known === undefined) return { position: 0 };
      const { position, intent } = known;
      return intent === undefined ? { position } : { position, intent };
    });
  }

  saveDelivery(
    sink: string,
    stream: StreamName,
    delivery: Delivery,
    refused: readonly RefusedEvent[] = [],
  ): Promise<void> {
    return this.#do('saveDelivery', () => {
      this.#storage.quarantine.add(sink, stream, refused);
      this.#storage.deliveries.set(`${sink} ${stream}`, { sink, stream, ...delivery });
    });
  }

  deliveries(): Promise<readonly SinkDelivery[]> {
    return this.#do('deliveries', () => {
      const keys = [...this.#storage.deliveries.keys()].toSorted();
      return keys.flatMap((key) => this.#storage.deliveries.get(key) ?? []);
    });
  }

  quarantined(
    sink: string,
    after: QuarantinePlace | undefined,
    limit: number,
  ): Promise<readonly QuarantinedEvent[]> {
    return this.#do('quarantined', () => this.#storage.quarantine.after(sink, after, limit));
  }

  quarantines(): Promise<readonly Quarantine[]> {
    return this.#do('quarantines', () => this.#storage.quarantine.sums());
  }

  removeQuarantined(
    sink: string,
    stream: StreamName,
    positions: readonly Position[],
  ): Promise<number> {
    return this.#do('removeQuarantined', () =>
      this.#storage.quarantine.remove(sink, stream, positions),
    );
  }

  async compact(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    for (const stream of this.#storage.streams.values()) {
      await this.#do('compact', () => {
        stream.segments = mergedSegments(stream.segments);
      });
    }
  }

  trim(stream: StreamName, beforeMs: number): Promise<number> {
    return this.#do('trim', () => {
      const found = this.#storage.streams.get(stream);
      return found === undefined ? 0 : dropOldest(found, beforeMs);
    });
  }

  deleteStream(stream: StreamName): Promise<number> {
    return this.#do('deleteStream', () => {
      const { streams, checkpoints, deliveries, quarantine } = this.#storage;
      quarantine.forget(stream);
      for (const [source, kept] of checkpoints) {
        if (kept.stream === stream) checkpoints.delete(source);
      }
      for (const [key, kept] of deliveries) if (kept.stream === stream) deliveries.delete(key);
      const found = streams.get(stream);
      streams.delete(stream);
      return found === undefined ? 0 : found.headPosition - found.firstRetainedPosition + 1;
    });
  }

  /** Holds nothing that could be damaged, but its positions must run on. */
  async verify(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await this.#do('verify', () => {
      for (const [name, stream] of this.#storage.streams) {
        let position = stream.firstRetainedPosition;
        for (const segment of stream.segments) {
          if (segment.firstPosition !== position) throw hole(name, position);
          position = lastPositionOf(segment) + 1;
        }
        if (position !== stream.headPosition + 1) throw hole(name, position);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
  }

  async #do<T>(what: string, act: () => T): Promise<T> {
    if (this.#closed.signal.aborted) {
      throw new AppError('store_unavailable', 'the event store is closed');
    }
    return this.#transact(what, act);
  }

  #segmentsIn(stream: StreamName, { fromMs, untilMs }: Window): readonly MemorySegment[] {
    const segments = this.#storage.streams.get(stream)?.segments ?? [];
    return segments.filter(({ events }) =>
      events.some(({ timeMs }) => timeMs >= fromMs && timeMs < untilMs),
    );
  }

  #segmentFrom(stream: StreamName, position: Position): MemorySegment | undefined {
    const segments = this.#storage.streams.get(stream)?.segments ?? [];
    return segments.find(
      (segment) => segment.firstPosition <= position && lastPositionOf(segment) >= position,
    );
  }
}

function hole(stream: StreamName, position: Position): AppError {
  return new AppError('store_corrupt', `${stream} has a hole at position ${position}`);
}
