import type { StreamName } from '../../core/stream.ts';
import { runsExpiredBeforeMs } from '../seen-entries.ts';
import type { PostgresDatabase, Transaction } from './database.ts';
import { assertHolds, type SegmentRow } from './segment-rows.ts';
import type { HotStatements } from './statements.ts';
import { lockOrCreateStream, lockStream, sendStream } from './stream-rows.ts';

/** Of each kind, in one transaction. */
const segmentsPerStep = 64;
const rowsPerStep = 1000;
/** Whose rows name the epoch of their stream, and stay behind when it is dropped. */
const epochTables = ['segment', 'seen_bucket', 'seen_run', 'idempotency'] as const;
/** A process that has not committed for so long will not ask any more whether it did. */
const commitLifeMs = 24 * 3_600_000;

/**
 * Takes events away, a bounded number of rows at a time. A stream that is deleted first loses its
 * head, which takes it out of everyone's sight at once; its rows go step by step, after a crash too.
 */
export class Removal {
  readonly #database: PostgresDatabase;
  readonly #sql: HotStatements;
  readonly #schema: string;

  constructor(database: PostgresDatabase, sql: HotStatements) {
    this.#database = database;
    this.#sql = sql;
    this.#schema = database.schema;
  }

  /** Drops the oldest segments while they lie before `beforeMs`. Returns how many events went. */
  async trimStep(stream: StreamName, beforeMs: number): Promise<{ events: number; more: boolean }> {
    return this.#database.transaction(async (transaction) => {
      const row = await lockStream(transaction, this.#sql, stream);
      if (!row || row.firstRetainedPosition > row.headPosition) return { events: 0, more: false };
      const first = row.firstRetainedPosition;
      const values = [stream, row.epoch, first - 1, segmentsPerStep];
      const rows = await transaction.query<SegmentRow>(this.#sql.segmentRows, values);
      assertHolds(row, first, rows[0]);
      // Only from the front: a hole in the middle would be a silent loss.
      const kept = rows.findIndex((s) => s.maxTimeMs >= beforeMs || s.appendedMs >= beforeMs);
      const dropped = kept < 0 ? rows : rows.slice(0, kept);
      if (dropped.length === 0) return { events: 0, more: false };
      const positions = dropped.map(({ firstPosition }) => firstPosition);
      transaction.send(this.#sql.deleteSegments, [stream, row.epoch, positions]);
      row.firstRetainedPosition = (dropped.at(-1)?.lastPosition ?? 0) + 1;
      row.storedBytes -= dropped.reduce((sum, { blockBytes }) => sum + blockBytes, 0);
      sendStream(transaction, this.#sql, row);
      const more = kept < 0 && row.firstRetainedPosition <= row.headPosition;
      return { events: row.firstRetainedPosition - first, more };
    });
  }

  /** Returns how many events can no longer be read. */
  async dropStream(stream: StreamName): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      // Whatever writes to the stream or for it holds one of these rows, and is waited for: what it
      // is about to leave behind goes, too. In the order in which an append takes them; a stream that
      // is not there is made, as another one may be making it.
      const row = await lockOrCreateStream(transaction, this.#sql, stream);
      const leases = `select name from ${this.#schema}.lease where stream = $1 order by name for update`;
      await transaction.query(leases, [stream]);
      for (const table of ['checkpoint', 'delivery', 'quarantine', 'lease', 'append_commit']) {
        transaction.send(`delete from ${this.#schema}.${table} where stream = $1`, [stream]);
      }
      const values = [stream, row.epoch];
      transaction.send(`insert into ${this.#schema}.dropped_stream values ($1, $2)`, values);
      transaction.send(`delete from ${this.#schema}.stream where stream = $1`, [stream]);
      return row.headPosition - row.firstRetainedPosition + 1;
    });
  }

  /** Removes some rows of dropped streams, then some that have expired. False: no more to do. */
  async purgeStep(nowMs: number): Promise<boolean> {
    const [dropped] = await this.#database.read<{ stream: StreamName; epoch: number }>(
      `select stream, epoch from ${this.#schema}.dropped_stream where epoch > $1 limit 1`,
      [0],
    );
    if (dropped) await this.#purgeDropped(dropped.stream, dropped.epoch);
    return dropped !== undefined || (await this.#purgeExpired(nowMs));
  }

  /**
   * The mark goes last. Its lock has nodes that purge at once go one behind the other: else both
   * delete the same rows, and one of them takes it for the end that none are left for it.
   */
  async #purgeDropped(stream: StreamName, epoch: number): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const mark = `${this.#schema}.dropped_stream where stream = $1 and epoch = $2`;
      const values = [stream, epoch];
      const held = await transaction.query(`select from ${mark} for update`, values);
      if (held.length === 0) return;
      for (const table of epochTables) {
        if (await this.#deleteSome(transaction, table, stream, epoch)) return;
      }
      const isEmpty = epochTables.map(
        (table) =>
          `not exists (select from ${this.#schema}.${table} where stream = $1 and epoch = $2)`,
      );
      transaction.send(`delete from ${mark} and ${isEmpty.join(' and ')}`, values);
    });
  }

  /** True when there were rows of this stream. */
  async #deleteSome(
    transaction: Transaction,
    table: (typeof epochTables)[number],
    stream: StreamName,
    epoch: number,
  ): Promise<boolean> {
    const name = `${this.#schema}.${table}`;
    const sql = /* sql */ `delete from ${name} where stream = $1 and epoch = $2
      and ctid = any(array(select ctid from ${name} where stream = $1 and epoch = $2 limit $3))
      returning 1`;
    const limit = table === 'segment' ? segmentsPerStep : rowsPerStep;
    return (await transaction.query(sql, [stream, epoch, limit])).length > 0;
  }

  async #purgeExpired(nowMs: number): Promise<boolean> {
    const gone = await this.#database.transaction(async (transaction) => {
      // In order: two nodes that purge at once take the locks one behind the other.
      const runs = await transaction.query<{ stream: StreamName; epoch: number; run: number }>(
        /* sql */ `select stream, epoch, run from ${this.#schema}.seen_run
          where newest_ms + horizon_ms < $1 order by stream limit 16`,
        [runsExpiredBeforeMs(nowMs)],
      );
      for (const { stream, epoch, run } of runs) {
        // An append that has listed the run may be about to read its buckets.
        await lockStream(transaction, this.#sql, stream);
        transaction.send(this.#sql.deleteSeenBuckets, [stream, epoch, run]);
        transaction.send(this.#sql.deleteSeenRun, [stream, epoch, run]);
      }
      return runs.length;
    });
    await this.#database.transaction(async (transaction) => {
      const expired = `delete from ${this.#schema}.idempotency where expires_at_ms <= $1`;
      transaction.send(expired, [nowMs]);
      const silent = `delete from ${this.#schema}.append_commit where committed_ms < $1`;
      transaction.send(silent, [nowMs - commitLifeMs]);
    });
    return gone > 0;
  }
}
