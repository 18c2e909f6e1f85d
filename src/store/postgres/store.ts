import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AppError, errorCode } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { TimedBlock } from '../../core/timed-block.ts';
import type { Window } from '../../core/window.ts';
import { findCitus } from '../../postgres/citus.ts';
import { toStoreError } from '../../postgres/errors.ts';
import { postgresDefaults } from '../../postgres/options.ts';
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
} from '../event-store.ts';
import { HeadWatch } from '../head-watch.ts';
import type { Lease, LeaseStore } from '../lease-store.ts';
import { toLines } from '../stored-lines.ts';
import { AppendQueue } from './append-queue.ts';
import { Appender } from './appender.ts';
import { readBefore } from './backward-reader.ts';
import { Compaction } from './compaction.ts';
import { PostgresDatabase } from './database.ts';
import { HeadNotices } from './head-notices.ts';
import { LeaseRows } from './lease-rows.ts';
import { migrate } from './migrate.ts';
import { postgresStoreDefaults, type PostgresStoreOptions } from './options.ts';
import { ProgressRows } from './progress-rows.ts';
import { QuarantineRows } from './quarantine-rows.ts';
import { StreamReader } from './reader.ts';
import { Removal } from './removal.ts';
import { hotStatements, type HotStatements } from './statements.ts';
import { verifyStore } from './verification.ts';

/** Of the pool: the rest is left for reads. Four lanes were the best of 1 to 16 (decision 11). */
const lanesShare = 0.4;
const streamsPerCommit = 32;

/**
 * Opens the store in a PostgreSQL database, making its tables when they are not there. Any number of
 * processes may have it open. Rejects with `store_unavailable`, `store_newer`, `store_corrupt` (the
 * schema is another program's) or `config_invalid`, each naming the database but no credential.
 */
export async function openPostgresEventStore(options: PostgresStoreOptions): Promise<EventStore> {
  const database = new PostgresDatabase(options, options.log);
  try {
    await migrate(database);
    const { rows } = await describeServer(database);
    if (rows.isUnsafe) {
      const message = 'the database acknowledges commits before they are durable';
      options.log?.warn({ address: database.address, ...rows }, message);
    }
    return new SharedEventStore(database, options, rows.hasCitus);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw toStoreError(error, database.address);
  }
}

interface ServerRow {
  readonly hasCitus: boolean;
  readonly isUnsafe: boolean;
}

async function describeServer(database: PostgresDatabase): Promise<{ rows: ServerRow }> {
  const [row] = await database.read<ServerRow>(
    /* sql */ `select exists (${findCitus}) as "hasCitus",
      current_setting('fsync') = 'off' or current_setting('synchronous_commit') = 'off' as "isUnsafe"`,
    [],
  );
  return { rows: row ?? { hasCitus: false, isUnsafe: false } };
}

class SharedEventStore implements EventStore {
  readonly leases: LeaseStore;
  readonly #database: PostgresDatabase;
  readonly #sql: HotStatements;
  readonly #clock: Clock;
  readonly #queue: AppendQueue;
  readonly #reader: StreamReader;
  readonly #progress: ProgressRows;
  readonly #quarantine: QuarantineRows;
  readonly #removal: Removal;
  readonly #heads: HeadWatch;
  readonly #notices: HeadNotices;
  readonly #queuedBytesMax: number;
  #queuedBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(database: PostgresDatabase, options: PostgresStoreOptions, hasCitus: boolean) {
    const { queuedBytesMax, retryMs, poolSize } = {
      ...postgresDefaults,
      ...postgresStoreDefaults,
      ...options,
    };
    const { clock, log } = options;
    this.#database = database;
    this.#clock = clock;
    this.#queuedBytesMax = queuedBytesMax;
    const sql = hotStatements(database.schema);
    this.#sql = sql;
    this.#queue = new AppendQueue(database, new Appender(database, sql, randomUUID()), {
      lanes: Math.max(1, Math.floor(poolSize * lanesShare)),
      streamsPerCommit: hasCitus ? 1 : streamsPerCommit,
      retryMs,
    });
    this.#reader = new StreamReader(database, sql);
    this.#progress = new ProgressRows(database, sql);
    this.#quarantine = new QuarantineRows(database);
    this.#removal = new Removal(database, sql);
    const heads = new HeadWatch({ clock, readHeads: (streams) => this.#reader.heads(streams) });
    this.#heads = heads;
    const onHead = (stream: StreamName, head: Position) => heads.announce(stream, head);
    this.#notices = new HeadNotices({ ...options, clock, log, onHead });
    this.leases = this.#leaseStore();
  }

  async append(append: Append, signal?: AbortSignal): Promise<Appended> {
    return this.appendFenced(append, undefined, signal);
  }

  /** What was accepted is carried out: a signal that aborts later changes nothing. */
  async appendFenced(
    { events, ...append }: Append,
    lease: Lease | undefined,
    signal?: AbortSignal,
  ): Promise<Appended> {
    signal?.throwIfAborted();
    this.#assertOpen();
    const lines = 'ndjson' in events ? events : toLines(events);
    const sizeBytes = lines.ndjson.length;
    this.#assertRoom(sizeBytes);
    this.#queuedBytes += sizeBytes;
    try {
      const nowMs = this.#clock.nowMs();
      const appended = await this.#queue.add({ append, lines, nowMs, lease });
      if (!appended.repeated) this.#announce(append.stream, appended);
      return appended;
    } finally {
      this.#queuedBytes -= sizeBytes;
    }
  }

  readAfter(stream: StreamName, after: Position, limits: ReadLimits): Promise<Page> {
    return this.#reader.page(stream, after, limits);
  }

  async *readWindow(
    stream: StreamName,
    window: Window,
    signal?: AbortSignal,
  ): AsyncIterable<TimedBlock> {
    signal?.throwIfAborted();
    let position = 0;
    for (const firstPosition of await this.#reader.windowSegments(stream, window)) {
      // Segments that were listed apart may have been merged since, and read as one.
      if (firstPosition < position) continue;
      signal?.throwIfAborted();
      const block = await this.#reader.windowBlock(stream, window, firstPosition);
      signal?.throwIfAborted();
      if (!block) continue;
      position = block.lastPosition + 1;
      if (block.positions.length > 0) yield block;
    }
  }

  readBefore(
    stream: StreamName,
    before: Position,
    window: Window,
    limits: ReadLimits,
  ): Promise<PageBefore> {
    return readBefore(this.#database, this.#sql, { stream, before, window, limits });
  }

  waitBeyond(
    stream: StreamName,
    after: Position,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Position> {
    return this.#heads.waitBeyond(stream, after, timeoutMs, signal);
  }

  streamInfo(stream: StreamName): Promise<StreamInfo | undefined> {
    return this.#reader.info(stream);
  }

  streams(): Promise<readonly StreamInfo[]> {
    return this.#reader.allInfo();
  }

  checkpoint(source: string): Promise<string | undefined> {
    return this.#progress.checkpoint(source);
  }

  saveCheckpoint(source: string, value: string): Promise<void> {
    return this.#progress.saveCheckpoint(source, value, undefined);
  }

  delivery(sink: string, stream: StreamName): Promise<Delivery> {
    return this.#progress.delivery(sink, stream);
  }

  saveDelivery(
    sink: string,
    stream: StreamName,
    delivery: Delivery,
    refused: readonly RefusedEvent[] = [],
  ): Promise<void> {
    return this.#progress.saveDelivery({ sink, stream, ...delivery }, refused, undefined);
  }

  deliveries(): Promise<readonly SinkDelivery[]> {
    return this.#progress.deliveries();
  }

  quarantined(
    sink: string,
    after: QuarantinePlace | undefined,
    limit: number,
  ): Promise<readonly QuarantinedEvent[]> {
    return this.#quarantine.after(sink, after, limit);
  }

  quarantines(): Promise<readonly Quarantine[]> {
    return this.#quarantine.sums();
  }

  removeQuarantined(
    sink: string,
    stream: StreamName,
    positions: readonly Position[],
  ): Promise<number> {
    return this.#quarantine.remove(sink, stream, positions);
  }

  /** Nothing starts this by itself: one of the nodes calls it now and then, with `trim`. */
  async compact(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Compaction(this.#database, this.#sql).run(signal);
    await this.#purge(signal);
  }

  async trim(stream: StreamName, beforeMs: number): Promise<number> {
    let events = 0;
    for (let more = true; more;) {
      const step = await this.#removal.trimStep(stream, beforeMs);
      events += step.events;
      more = step.more;
    }
    return events;
  }

  /** The rows are gone when it resolves; PostgreSQL reuses their space after its next vacuum. */
  async deleteStream(stream: StreamName): Promise<number> {
    const events = await this.#removal.dropStream(stream);
    await this.#purge();
    return events;
  }

  async verify(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await verifyStore(this.#database, this.#sql, signal);
  }

  /** Finishes what was accepted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.#heads.close();
    await this.#queue.whenIdle();
    await this.#notices[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
  }

  async #purge(signal?: AbortSignal): Promise<void> {
    do signal?.throwIfAborted();
    while (await this.#removal.purgeStep(this.#clock.nowMs()));
  }

  #announce(stream: StreamName, { lastPosition }: Appended): void {
    this.#heads.announce(stream, lastPosition);
    this.#notices.tell(stream, lastPosition);
  }

  #leaseStore(): LeaseStore {
    const rows = new LeaseRows(this.#database);
    return {
      beat: (beat) => rows.beat(beat),
      leave: (node) => rows.leave(node),
      forgetHome: (home) => rows.forgetHome(home),
      nodes: () => rows.nodes(),
      leases: () => rows.leases(),
      acquire: (item, node, silentMs) => rows.acquire(item, node, silentMs),
      release: (lease) => rows.release(lease),
      fenced: (lease, onLost) => this.#fenced(lease, onLost),
    };
  }

  /** This store with the three writes of a leased worker checked. */
  #fenced(lease: Lease, onLost: (() => void) | undefined): EventStore {
    const telling = async <T>(write: Promise<T>): Promise<T> => {
      try {
        return await write;
      } catch (error) {
        if (errorCode(error) === 'lease_lost') onLost?.();
        throw error;
      }
    };
    const overrides: Pick<EventStore, 'append' | 'saveCheckpoint' | 'saveDelivery'> = {
      append: (append, signal) => telling(this.appendFenced(append, lease, signal)),
      saveCheckpoint: (source, value) =>
        telling(this.#progress.saveCheckpoint(source, value, lease)),
      saveDelivery: (sink, stream, delivery, refused = []) =>
        telling(this.#progress.saveDelivery({ sink, stream, ...delivery }, refused, lease)),
    };
    return new Proxy<EventStore>(this, {
      get: (target, name) => {
        const value: unknown = Reflect.get(Reflect.has(overrides, name) ? overrides : target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #assertOpen(): void {
    if (!this.#closing) return;
    throw new AppError('store_unavailable', `${this.#database.address}: the store is closed`);
  }

  #assertRoom(sizeBytes: number): void {
    if (sizeBytes > this.#queuedBytesMax) {
      throw new AppError(
        'too_large',
        `an append must be at most ${this.#queuedBytesMax} bytes, got ${sizeBytes}`,
      );
    }
    if (this.#queuedBytes + sizeBytes > this.#queuedBytesMax) {
      throw new AppError(
        'overloaded',
        `${this.#queuedBytes} bytes of events wait for their commit, at most ${this.#queuedBytesMax} may`,
      );
    }
  }
}
