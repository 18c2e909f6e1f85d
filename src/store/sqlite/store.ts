import { join, resolve } from 'node:path';
import type {
  Append,
  Appended,
  Checkpoint,
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
} from '../event-store.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { TimedBlock } from '../../core/timed-block.ts';
import type { Window } from '../../core/window.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import type { DatabaseOptions } from './database.ts';
import { encodeAppend, freightOf } from './encoded-append.ts';
import { HeadWatch } from '../head-watch.ts';
import { sqliteStoreDefaults, storeFileName, type SqliteStoreOptions } from './options.ts';
import type { CompactionPlace, ReaderCalls, VerifierCalls, WriterCalls } from './protocol.ts';
import { WorkerClient } from './worker-client.ts';

/** Free pages (4 KiB) that stay in the file for the next appends. */
const sparePages = 1024;

/**
 * Opens the embedded store, creating it when it is not there. Several processes may have the same
 * one open. Rejects with `store_corrupt`, `store_newer`, `directory_unwritable`, `disk_full` or
 * `store_unavailable`, each naming the file.
 */
export async function openSqliteEventStore(options: SqliteStoreOptions): Promise<EventStore> {
  const { busyTimeoutMs, queuedBytesMax } = { ...sqliteStoreDefaults, ...options };
  const file = join(resolve(options.directory), storeFileName);
  const database = { file, busyTimeoutMs, fileBytesMax: options.fileBytesMax };
  const { log } = options;
  const writer = new WorkerClient<WriterCalls>({ ...database, role: 'writer' }, log);
  const reader = new WorkerClient<ReaderCalls>({ ...database, role: 'reader' }, log);
  try {
    await Promise.all([writer.ready, reader.ready]);
  } catch (error) {
    await Promise.all([writer.terminate(), reader.terminate()]);
    throw error;
  }
  return new SqliteEventStore({ clock: options.clock, database, queuedBytesMax, writer, reader });
}

interface SqliteEventStoreParts {
  readonly clock: Clock;
  readonly database: DatabaseOptions;
  readonly queuedBytesMax: number;
  readonly writer: WorkerClient<WriterCalls>;
  readonly reader: WorkerClient<ReaderCalls>;
}

/**
 * The main thread's side: SQLite works in two threads, one that writes and one that reads, so that
 * neither a commit nor a long read ever stalls a request or each other.
 */
class SqliteEventStore implements EventStore {
  readonly #parts: SqliteEventStoreParts;
  readonly #heads: HeadWatch;
  #queuedBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteEventStoreParts) {
    this.#parts = parts;
    const readHeads = (streams: readonly StreamName[]) => this.#read('heads', streams);
    this.#heads = new HeadWatch({ clock: parts.clock, readHeads });
  }

  /** What was accepted is carried out: a signal that aborts later changes nothing. */
  async append(append: Append, signal?: AbortSignal): Promise<Appended> {
    signal?.throwIfAborted();
    const encoded = encodeAppend(append, this.#parts.clock.nowMs());
    const freight = freightOf(encoded);
    this.#assertRoom(freight.sizeBytes);
    this.#queuedBytes += freight.sizeBytes;
    try {
      const appended = await this.#write('append', encoded, freight);
      this.#heads.announce(append.stream, appended.lastPosition);
      return appended;
    } finally {
      this.#queuedBytes -= freight.sizeBytes;
    }
  }

  async readAfter(stream: StreamName, after: Position, limits: ReadLimits): Promise<Page> {
    const page = await this.#read('readAfter', { stream, after, limits });
    return {
      ...page,
      blocks: page.blocks.map((block) => ({ ...block, ndjson: toBuffer(block.ndjson) })),
    };
  }

  async *readWindow(
    stream: StreamName,
    window: Window,
    signal?: AbortSignal,
  ): AsyncIterable<TimedBlock> {
    signal?.throwIfAborted();
    let position = 0;
    for (const firstPosition of await this.#read('windowSegments', { stream, window })) {
      // Segments that were listed apart may have been merged since, and read as one.
      if (firstPosition < position) continue;
      signal?.throwIfAborted();
      const block = await this.#read('windowBlock', { stream, window, position: firstPosition });
      signal?.throwIfAborted();
      if (!block) continue;
      position = block.lastPosition + 1;
      if (block.positions.length > 0) yield { ...block, ndjson: toBuffer(block.ndjson) };
      releaseMemory(block.ndjson);
    }
  }

  async readBefore(
    stream: StreamName,
    before: Position,
    window: Window,
    limits: ReadLimits,
  ): Promise<PageBefore> {
    const page = await this.#read('readBefore', { stream, before, window, limits });
    return {
      ...page,
      blocks: page.blocks.map((block) => ({ ...block, ndjson: toBuffer(block.ndjson) })),
    };
  }

  async waitBeyond(
    stream: StreamName,
    after: Position,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Position> {
    return this.#heads.waitBeyond(stream, after, timeoutMs, signal);
  }

  async streamInfo(stream: StreamName): Promise<StreamInfo | undefined> {
    return this.#read('streamInfo', stream);
  }

  async streams(): Promise<readonly StreamInfo[]> {
    return this.#read('streams', undefined);
  }

  async checkpoint(source: string): Promise<string | undefined> {
    return this.#read('checkpoint', source);
  }

  async saveCheckpoint(source: string, value: string): Promise<void> {
    await this.#write('saveCheckpoint', { source, value } satisfies Checkpoint);
  }

  async delivery(sink: string, stream: StreamName): Promise<Delivery> {
    return this.#read('delivery', { sink, stream });
  }

  async saveDelivery(
    sink: string,
    stream: StreamName,
    delivery: Delivery,
    refused: readonly RefusedEvent[] = [],
  ): Promise<void> {
    const sizeBytes = refused.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0);
    const freight = { sizeBytes, transfer: [] };
    await this.#write('saveDelivery', { sink, stream, ...delivery, refused }, freight);
  }

  async deliveries(): Promise<readonly SinkDelivery[]> {
    return this.#read('deliveries', undefined);
  }

  async quarantined(
    sink: string,
    after: QuarantinePlace | undefined,
    limit: number,
  ): Promise<readonly QuarantinedEvent[]> {
    return this.#read('quarantined', { sink, after, limit });
  }

  async quarantines(): Promise<readonly Quarantine[]> {
    return this.#read('quarantines', undefined);
  }

  async removeQuarantined(
    sink: string,
    stream: StreamName,
    positions: readonly Position[],
  ): Promise<number> {
    return this.#write('removeQuarantined', { sink, stream, positions });
  }

  /**
   * Nothing starts this by itself: whoever runs the store calls it now and then (every few minutes)
   * with `trim`. Every step is a short transaction, between which appends go on.
   */
  async compact(signal?: AbortSignal): Promise<void> {
    let place: CompactionPlace | undefined;
    do {
      signal?.throwIfAborted();
      place = await this.#write('compactStep', place);
    } while (place);
    await this.#purge(signal);
    await this.#vacuum(sparePages, signal);
  }

  async trim(stream: StreamName, beforeMs: number): Promise<number> {
    let events = 0;
    for (let more = true; more;) {
      const step = await this.#write('trimStep', { stream, beforeMs });
      events += step.events;
      more = step.more;
    }
    if (events > 0) await this.#vacuum(sparePages);
    return events;
  }

  /**
   * The contents are overwritten in the file and its log before the space is returned; what the
   * file system or the disk keep of freed blocks is beyond SQLite.
   */
  async deleteStream(stream: StreamName): Promise<number> {
    const events = await this.#write('dropStream', stream);
    await this.#purge();
    await this.#vacuum(0);
    return events;
  }

  /** In a thread of its own: reading everything takes a while. */
  async verify(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const verifier = new WorkerClient<VerifierCalls>({ ...this.#parts.database, role: 'verifier' });
    const abort = () => void verifier.terminate();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await verifier.ready;
      await verifier.call('verify', undefined);
      await verifier.call('close', undefined);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      await verifier.terminate();
    }
  }

  /** Finishes what was accepted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    const { reader, writer } = this.#parts;
    this.#heads.close();
    try {
      // The last connection to close moves the log into the file: it must be the one that can write.
      await reader.call('close', undefined);
      await writer.call('close', undefined);
    } finally {
      await Promise.all([reader.terminate(), writer.terminate()]);
    }
  }

  async #purge(signal?: AbortSignal): Promise<void> {
    do signal?.throwIfAborted();
    while (await this.#write('purgeStep', this.#parts.clock.nowMs()));
  }

  async #vacuum(pagesLeft: number, signal?: AbortSignal): Promise<void> {
    do signal?.throwIfAborted();
    while (await this.#write('vacuumStep', pagesLeft));
  }

  readonly #write: WorkerClient<WriterCalls>['call'] = async (kind, request, freight) => {
    this.#assertOpen();
    return this.#parts.writer.call(kind, request, freight);
  };

  readonly #read: WorkerClient<ReaderCalls>['call'] = async (kind, request) => {
    this.#assertOpen();
    return this.#parts.reader.call(kind, request);
  };

  #assertOpen(): void {
    if (!this.#closing) return;
    throw new AppError('store_unavailable', `${this.#parts.database.file}: the store is closed`);
  }

  #assertRoom(sizeBytes: number): void {
    const { queuedBytesMax } = this.#parts;
    if (sizeBytes > queuedBytesMax) {
      throw new AppError(
        'too_large',
        `an append must be at most ${queuedBytesMax} bytes, got ${sizeBytes}`,
      );
    }
    if (this.#queuedBytes + sizeBytes > queuedBytesMax) {
      throw new AppError(
        'overloaded',
        `${this.#queuedBytes} bytes of events wait for their commit, at most ${queuedBytesMax} may`,
      );
    }
  }
}

/** Bytes that came from another thread lose that they were a `Buffer`. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
