import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StreamName } from '../../core/stream.ts';
import { runsExpiredBeforeMs } from '../seen-entries.ts';
import { transaction } from './database.ts';
import type { IdempotencyTable } from './idempotency-table.ts';
import type { ProgressTable } from './progress-table.ts';
import type { QuarantineTable } from './quarantine-table.ts';
import { prepareQuery, type Query } from './query.ts';
import { bucketIdsPerRun } from './seen-run-table.ts';
import type { SegmentTable } from './segment-table.ts';
import type { StreamRow, StreamTable } from './stream-table.ts';

/** Of each kind, in one transaction: some 10 ms of work. */
const segmentsPerStep = 32;
const rowsPerStep = 1000;
const seenRunsPerStep = 1;

interface IdRow {
  readonly id: number;
}

interface RemovalTables {
  readonly streams: StreamTable;
  readonly segments: SegmentTable;
  readonly progress: ProgressTable;
  readonly quarantine: QuarantineTable;
  readonly idempotency: IdempotencyTable;
}

/**
 * Takes events away, a bounded number of rows at a time. A stream that is deleted first loses its
 * name, which takes it out of everyone's sight at once; its rows go step by step, after a crash too.
 */
export class Removal {
  readonly #database: DatabaseSync;
  readonly #tables: RemovalTables;
  readonly #takeName: StatementSync;
  readonly #nameless: Query<IdRow>;
  readonly #deleteAnswers: StatementSync;
  readonly #seenRuns: Query<IdRow>;
  readonly #expiredSeenRuns: Query<IdRow>;
  readonly #deleteBuckets: StatementSync;
  readonly #deleteSeenRun: StatementSync;
  readonly #deleteStream: StatementSync;

  constructor(database: DatabaseSync, tables: RemovalTables) {
    this.#database = database;
    this.#tables = tables;
    this.#takeName = database.prepare('update stream set name = null where id = ?');
    this.#nameless = prepareQuery(database, 'select id from stream where name is null limit 1');
    this.#deleteAnswers = database.prepare(/* sql */ `
      delete from idempotency where (stream_id, key) in (
        select stream_id, key from idempotency where stream_id = ? limit ?)`);
    this.#seenRuns = prepareQuery(database, 'select id from seen_run where stream_id = ? limit ?');
    this.#expiredSeenRuns = prepareQuery(
      database,
      'select id from seen_run where newest_ms + horizon_ms < ? limit ?',
    );
    this.#deleteBuckets = database.prepare('delete from seen_bucket where id >= ? and id < ?');
    this.#deleteSeenRun = database.prepare('delete from seen_run where id = ?');
    this.#deleteStream = database.prepare('delete from stream where id = ?');
  }

  /** Drops the oldest segments while they lie before `beforeMs`. Returns how many events went. */
  trimStep(name: StreamName, beforeMs: number): { events: number; more: boolean } {
    return transaction(this.#database, () => {
      const stream = this.#tables.streams.find(name);
      if (!stream) return { events: 0, more: false };
      const firstBefore = stream.firstRetainedPosition;
      let more = true;
      for (let dropped = 0; more && dropped < segmentsPerStep; dropped++) {
        more = this.#dropOldest(stream, beforeMs);
      }
      const events = stream.firstRetainedPosition - firstBefore;
      if (events > 0) this.#tables.streams.save(stream);
      return { events, more };
    });
  }

  // Only from the front: a hole in the middle would be a silent loss.
  #dropOldest(stream: StreamRow, beforeMs: number): boolean {
    if (stream.firstRetainedPosition > stream.headPosition) return false;
    const oldest = this.#tables.segments.at(stream, stream.firstRetainedPosition);
    if (oldest.maxTimeMs >= beforeMs || oldest.appendedMs >= beforeMs) return false;
    this.#tables.segments.remove(stream, oldest);
    stream.firstRetainedPosition = oldest.lastPosition + 1;
    return true;
  }

  /** Returns how many events can no longer be read. */
  dropStream(name: StreamName): number {
    return transaction(this.#database, () => {
      this.#tables.progress.forget(name);
      this.#tables.quarantine.forget(name);
      const stream = this.#tables.streams.find(name);
      if (!stream) return 0;
      this.#takeName.run(stream.id);
      return stream.headPosition - stream.firstRetainedPosition + 1;
    });
  }

  /** Removes some rows of dropped streams, then some that have expired. False: no more to do. */
  purgeStep(nowMs: number): boolean {
    const streamId = this.#nameless.get()?.id;
    if (streamId === undefined) {
      return transaction(this.#database, () => this.#purgeExpired(nowMs));
    }
    this.#database.exec('pragma secure_delete = on'); // Someone wanted this content gone.
    try {
      return transaction(this.#database, () => this.#purgeDropped(streamId));
    } finally {
      this.#database.exec('pragma secure_delete = fast');
    }
  }

  #purgeDropped(streamId: number): boolean {
    const removed =
      this.#removeSegments(streamId) ||
      Number(this.#deleteAnswers.run(streamId, rowsPerStep).changes) > 0 ||
      this.#removeSeenRuns(this.#seenRuns.all(streamId, seenRunsPerStep));
    if (!removed) this.#deleteStream.run(streamId);
    return true;
  }

  #purgeExpired(nowMs: number): boolean {
    return (
      this.#tables.idempotency.deleteExpired(nowMs, rowsPerStep) > 0 ||
      this.#removeSeenRuns(this.#expiredSeenRuns.all(runsExpiredBeforeMs(nowMs), seenRunsPerStep))
    );
  }

  #removeSegments(streamId: number): boolean {
    const rows = this.#tables.segments
      .after(streamId, 0, segmentsPerStep)
      .filter((row) => row.streamId === streamId);
    for (const row of rows) this.#tables.segments.removeRow(row);
    return rows.length > 0;
  }

  #removeSeenRuns(rows: readonly IdRow[]): boolean {
    for (const { id: runId } of rows) {
      this.#deleteBuckets.run(runId * bucketIdsPerRun, (runId + 1) * bucketIdsPerRun);
      this.#deleteSeenRun.run(runId);
    }
    return rows.length > 0;
  }
}
