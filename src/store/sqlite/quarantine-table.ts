import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Severity } from '../../core/event.ts';
import { AppError } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import {
  quarantineLimits,
  type Quarantine,
  type QuarantinedEvent,
  type QuarantinePlace,
  type RefusedEvent,
} from '../event-store.ts';
import { prepareQuery, type Query } from './query.ts';
import { assertRowChecksum, rowChecksum } from './row-checksum.ts';

interface QuarantineRow {
  readonly sink: string;
  readonly stream: StreamName;
  readonly position: Position;
  readonly bytes: number;
  readonly id: string;
  readonly occurred_at_ms: number;
  readonly type: string;
  readonly severity: Severity;
  readonly line: string;
  readonly reason: string;
  readonly refused_at_ms: number;
  readonly checksum: number;
}

/** Events that receivers refused for good. */
export class QuarantineTable {
  readonly #total: Query<{ readonly events: number; readonly bytes: number }>;
  readonly #has: Query<unknown>;
  readonly #insert: StatementSync;
  readonly #after: Query<QuarantineRow>;
  readonly #all: Query<QuarantineRow>;
  readonly #sums: Query<Quarantine>;
  readonly #remove: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync) {
    this.#total = prepareQuery(
      database,
      'select count(*) as events, coalesce(sum(bytes), 0) as bytes from quarantine where sink = ?',
    );
    this.#has = prepareQuery(
      database,
      'select 1 from quarantine where sink = ? and stream = ? and position = ?',
    );
    this.#insert = database.prepare(
      'insert or replace into quarantine values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#after = prepareQuery(
      database,
      /* sql */ `select * from quarantine where sink = ? and (stream, position) > (?, ?)
        order by stream, position limit ?`,
    );
    this.#all = prepareQuery(database, 'select * from quarantine');
    this.#sums = prepareQuery(
      database,
      /* sql */ `select sink, stream, count(*) as events, sum(bytes) as bytes from quarantine
        group by sink, stream order by sink, stream`,
    );
    this.#remove = database.prepare(
      'delete from quarantine where sink = ? and stream = ? and position = ?',
    );
    this.#forget = database.prepare('delete from quarantine where stream = ?');
  }

  /** Throws `quarantine_full` before anything is written. */
  add(sink: string, stream: StreamName, refused: readonly RefusedEvent[]): void {
    this.#assertRoom(sink, stream, refused);
    for (const event of refused) {
      const { position, id, occurredAtMs, type, severity, line, reason, refusedAtMs } = event;
      const bytes = Buffer.byteLength(line);
      const what = [id, occurredAtMs, type, severity, line, reason, refusedAtMs] as const;
      const columns = [sink, stream, position, bytes, ...what];
      this.#insert.run(...columns, rowChecksum(columns));
    }
  }

  after(
    sink: string,
    after: QuarantinePlace | undefined,
    limit: number,
  ): readonly QuarantinedEvent[] {
    const { stream, position } = after ?? { stream: '', position: 0 };
    return this.#after.all(sink, stream, position, limit).map(toQuarantined);
  }

  sums(): readonly Quarantine[] {
    return this.#sums.all().map((row) => ({ ...row }));
  }

  remove(sink: string, stream: StreamName, positions: readonly Position[]): number {
    let removed = 0;
    for (const position of positions) {
      removed += Number(this.#remove.run(sink, stream, position).changes);
    }
    return removed;
  }

  forget(stream: StreamName): void {
    this.#forget.run(stream);
  }

  /** Throws `store_corrupt` for a row whose checksum does not match. */
  verify(): void {
    for (const row of this.#all.all()) toQuarantined(row);
  }

  #assertRoom(sink: string, stream: StreamName, refused: readonly RefusedEvent[]): void {
    const fresh = refused.filter(({ position }) => !this.#has.get(sink, stream, position));
    if (fresh.length === 0) return;
    const held = this.#total.get(sink) ?? { events: 0, bytes: 0 };
    const events = held.events + fresh.length;
    const bytes = fresh.reduce((sum, { line }) => sum + Buffer.byteLength(line), held.bytes);
    if (events <= quarantineLimits.events && bytes <= quarantineLimits.bytes) return;
    throw new AppError(
      'quarantine_full',
      `the quarantine of ${sink} holds ${held.events} events (${held.bytes} bytes); ` +
        `with ${fresh.length} more it would exceed ${quarantineLimits.events} events or ${quarantineLimits.bytes} bytes`,
    );
  }
}

function toQuarantined(row: QuarantineRow): QuarantinedEvent {
  const { sink, stream, position, bytes, id, type, severity, line, reason, checksum } = row;
  const { occurred_at_ms: occurredAtMs, refused_at_ms: refusedAtMs } = row;
  const what = [id, occurredAtMs, type, severity, line, reason, refusedAtMs] as const;
  const columns = [sink, stream, position, bytes, ...what];
  assertRowChecksum(`quarantine of ${sink}, ${stream} ${position}`, columns, checksum);
  return { sink, stream, position, id, occurredAtMs, type, severity, line, reason, refusedAtMs };
}
