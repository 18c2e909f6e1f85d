import { AppError } from '../../core/errors.ts';
import type { Severity } from '../../core/event.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import {
  quarantineLimits,
  type Quarantine,
  type QuarantinedEvent,
  type QuarantinePlace,
  type RefusedEvent,
} from '../event-store.ts';
import type { PostgresDatabase, Transaction } from './database.ts';

interface QuarantineRow {
  readonly sink: string;
  readonly stream: StreamName;
  readonly position: Position;
  readonly id: string;
  readonly occurredAtMs: number;
  readonly type: string;
  readonly severity: Severity;
  readonly line: string;
  readonly reason: string;
  readonly refusedAtMs: number;
}

/** Events that receivers refused for good. None of this is hot. */
export class QuarantineRows {
  readonly #database: PostgresDatabase;
  readonly #table: string;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#table = `${database.schema}.quarantine`;
  }

  /** Rejects with `quarantine_full` before anything is written. */
  async add(
    transaction: Transaction,
    sink: string,
    stream: StreamName,
    refused: readonly RefusedEvent[],
  ): Promise<void> {
    // The limit is for all streams of a sink together, which several nodes may deliver.
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `tailrace quarantine ${this.#table} ${sink}`,
    ]);
    await this.#assertRoom(transaction, sink, stream, refused);
    for (const event of refused) {
      const { position, id, occurredAtMs, type, severity, line, reason, refusedAtMs } = event;
      transaction.send(
        /* sql */ `insert into ${this.#table} values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          on conflict (stream, sink, position) do update set bytes = $4, id = $5,
            occurred_at_ms = $6, type = $7, severity = $8, line = $9, reason = $10,
            refused_at_ms = $11`,
        [
          stream,
          sink,
          position,
          Buffer.byteLength(line),
          id,
          occurredAtMs,
          type,
          severity,
          line,
          reason,
          refusedAtMs,
        ],
      );
    }
  }

  async after(
    sink: string,
    after: QuarantinePlace | undefined,
    limit: number,
  ): Promise<readonly QuarantinedEvent[]> {
    return this.#database.read<QuarantineRow>(
      /* sql */ `select sink, stream, position, id, occurred_at_ms as "occurredAtMs", type, severity,
          line, reason, refused_at_ms as "refusedAtMs"
        from ${this.#table} where sink = $1 and (stream, position) > ($2, $3)
        order by stream, position limit $4`,
      [sink, after?.stream ?? '', after?.position ?? 0, limit],
    );
  }

  async sums(): Promise<readonly Quarantine[]> {
    return this.#database.read<Quarantine>(
      /* sql */ `select sink, stream, count(*) as events, sum(bytes)::bigint as bytes
        from ${this.#table} where position >= $1 group by sink, stream order by sink, stream`,
      [0],
    );
  }

  async remove(sink: string, stream: StreamName, positions: readonly Position[]): Promise<number> {
    const sql = /* sql */ `delete from ${this.#table}
      where stream = $1 and sink = $2 and position = any($3) returning position`;
    return this.#database.transaction(async (transaction) => {
      return (await transaction.query(sql, [stream, sink, positions])).length;
    });
  }

  async #assertRoom(
    transaction: Transaction,
    sink: string,
    stream: StreamName,
    refused: readonly RefusedEvent[],
  ): Promise<void> {
    const positions = refused.map(({ position }) => position);
    const known = await transaction.query<{ position: Position }>(
      /* sql */ `select position from ${this.#table}
        where stream = $1 and sink = $2 and position = any($3)`,
      [stream, sink, positions],
    );
    const held = new Set(known.map(({ position }) => position));
    const fresh = refused.filter(({ position }) => !held.has(position));
    if (fresh.length === 0) return;
    const [total = { events: 0, bytes: 0 }] = await transaction.query<Quarantine>(
      /* sql */ `select count(*) as events, coalesce(sum(bytes), 0)::bigint as bytes
        from ${this.#table} where sink = $1`,
      [sink],
    );
    const events = total.events + fresh.length;
    const bytes = fresh.reduce((sum, { line }) => sum + Buffer.byteLength(line), total.bytes);
    if (events <= quarantineLimits.events && bytes <= quarantineLimits.bytes) return;
    throw new AppError(
      'quarantine_full',
      `the quarantine of ${sink} holds ${total.events} events (${total.bytes} bytes); ` +
        `with ${fresh.length} more it would exceed ${quarantineLimits.events} events or ${quarantineLimits.bytes} bytes`,
    );
  }
}
