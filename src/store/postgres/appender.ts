import { AppError } from '../../core/errors.ts';
import type { StreamName } from '../../core/stream.ts';
import type { Append, Appended, Idempotency } from '../event-store.ts';
import type { Lease } from '../lease-store.ts';
import { lineEnds, pickLines } from '../../lib/ndjson.ts';
import type { SegmentContent } from '../segment.ts';
import { SegmentBuilder } from '../segment-builder.ts';
import type { EventLines } from '../../core/event-lines.ts';
import type { PostgresDatabase, Transaction } from './database.ts';
import { assertFence } from './fence.ts';
import { SeenFilters, SeenKeys } from './seen-keys.ts';
import { SeenRunRows } from './seen-run-rows.ts';
import { encodeRow, sendSegments, type StoredSegment } from './segment-rows.ts';
import type { HotStatements } from './statements.ts';
import { lockOrCreateStream, sendStream, type StreamRow } from './stream-rows.ts';

/** How long an answer is kept. */
export const idempotencyLifeMs = 24 * 3_600_000;

/** An append that waits for its commit. */
export interface PendingAppend {
  readonly append: Omit<Append, 'events'>;
  readonly lines: EventLines;
  readonly nowMs: number;
  readonly lease: Lease | undefined;
}

/** All that waits for one stream, and the number of the commit that it becomes. */
export interface StreamGroup {
  readonly stream: StreamName;
  readonly commitNumber: number;
  readonly appends: readonly PendingAppend[];
}

/** An answer, or why this append alone was refused. */
export type Outcome = Appended | AppError;

type FirstAnswer = Omit<Appended, 'repeated'>;
interface AnswerRow extends FirstAnswer {
  readonly key: string;
  readonly digest: string;
}

/** Carries out groups of appends, each in one transaction. */
export class Appender {
  readonly #sql: HotStatements;
  /** Tells this process's commits from those of others. */
  readonly #writer: string;
  readonly #filters = new SeenFilters();
  /** Sources whose checkpoint stands with its stream and nowhere else. */
  readonly #settledSources = new Set<string>();
  readonly #schema: string;

  constructor(database: PostgresDatabase, sql: HotStatements, writer: string) {
    this.#schema = database.schema;
    this.#sql = sql;
    this.#writer = writer;
  }

  /**
   * Whether an earlier attempt at these groups, which share a commit, was committed. Waits until it
   * has ended either way: it holds the streams' rows, or is making them. All are asked, as a stream
   * that was deleted since has forgotten its answer.
   */
  async isCommitted(transaction: Transaction, groups: readonly StreamGroup[]): Promise<boolean> {
    for (const { stream, commitNumber } of groups) {
      await lockOrCreateStream(transaction, this.#sql, stream);
      const values = [stream, this.#writer];
      const [row] = await transaction.query<{ number: number }>(this.#sql.committed, values);
      if (row?.number === commitNumber) return true;
    }
    return false;
  }

  /** To be called when the group's transaction was committed. */
  committed({ appends }: StreamGroup): void {
    for (const { append } of appends) {
      if (append.checkpoint) this.#settledSources.add(append.checkpoint.source);
    }
  }

  /** The answers to the group's appends, in their order. */
  async carryOut(transaction: Transaction, group: StreamGroup): Promise<readonly Outcome[]> {
    const stream = await lockOrCreateStream(transaction, this.#sql, group.stream);
    const work = new StreamWork(transaction, this.#sql, stream, this.#filters);
    await work.readAnswers(group.appends);
    const outcomes: Outcome[] = [];
    for (const pending of group.appends) outcomes.push(await this.#carryOutOne(work, pending));
    const nowMs = Math.max(...group.appends.map((pending) => pending.nowMs));
    work.finish();
    transaction.send(this.#sql.saveCommit, [group.stream, this.#writer, group.commitNumber, nowMs]);
    return outcomes;
  }

  async #carryOutOne(work: StreamWork, pending: PendingAppend): Promise<Outcome> {
    try {
      if (pending.lease) await assertFence(work.transaction, this.#sql, pending.lease);
      const appended = await work.append(pending);
      this.#saveCheckpoint(work, pending.append);
      return appended;
    } catch (error) {
      const isRefusal =
        error instanceof AppError &&
        (error.code === 'input_invalid' || error.code === 'lease_lost');
      if (isRefusal) return error;
      throw error;
    }
  }

  #saveCheckpoint({ transaction }: StreamWork, { stream, checkpoint }: PendingAppend['append']) {
    if (!checkpoint) return;
    const { source, value } = checkpoint;
    if (!this.#settledSources.has(source)) {
      // Left by a save that knew no stream.
      const sql = `delete from ${this.#schema}.checkpoint where stream = '' and source = $1`;
      transaction.send(sql, [source]);
    }
    transaction.send(this.#sql.saveCheckpoint, [stream, source, value]);
  }
}

/** What one transaction does to one stream whose head it has locked. */
class StreamWork {
  readonly transaction: Transaction;
  readonly #sql: HotStatements;
  readonly #stream: StreamRow;
  readonly #filters: SeenFilters;
  readonly #builder: SegmentBuilder;
  readonly #rows: StoredSegment[] = [];
  readonly #answers = new Map<string, AnswerRow>();
  #seen: SeenKeys | undefined;
  #appendedMs = 0;

  constructor(
    transaction: Transaction,
    sql: HotStatements,
    stream: StreamRow,
    filters: SeenFilters,
  ) {
    this.transaction = transaction;
    this.#sql = sql;
    this.#stream = stream;
    this.#filters = filters;
    this.#builder = new SegmentBuilder(stream.headPosition + 1, (firstPosition, content) => {
      this.#rows.push(encodeRow(stream, firstPosition, content, this.#appendedMs));
    });
  }

  /** Looks up every idempotency key of the group at once. */
  async readAnswers(appends: readonly PendingAppend[]): Promise<void> {
    const keys = appends.flatMap(({ append }) => append.idempotency?.key ?? []);
    if (keys.length === 0) return;
    const nowMs = Math.max(...appends.map((pending) => pending.nowMs));
    const { stream, epoch } = this.#stream;
    const values = [stream, epoch, keys, nowMs];
    const rows = await this.transaction.query<AnswerRow>(this.#sql.answers, values);
    for (const row of rows) this.#answers.set(row.key, row);
  }

  /** Throws `input_invalid` before it has changed anything. */
  async append({ append, lines, nowMs }: PendingAppend): Promise<Appended> {
    const known = append.idempotency && this.#answerTo(append.idempotency);
    if (known) return known;
    const content = await this.#unseenContent(append, lines, nowMs);
    const firstPosition = this.#stream.headPosition + 1;
    this.#stream.headPosition += content.timesMs.length;
    this.#appendedMs = Math.max(this.#appendedMs, nowMs);
    this.#builder.add(content);
    const duplicates = lines.occurredAtMs.length - content.timesMs.length;
    const lastPosition = this.#stream.headPosition;
    const answer = { firstPosition, lastPosition, duplicates, repeated: false };
    if (append.idempotency) this.#saveAnswer(append.idempotency, answer, nowMs);
    return answer;
  }

  finish(): void {
    this.#builder.flush();
    sendSegments(this.transaction, this.#sql, this.#stream, this.#rows);
    sendStream(this.transaction, this.#sql, this.#stream);
    if (this.#seen) this.#filters.keep(this.#stream, this.#seen.runs);
  }

  #answerTo({ key, digest }: Idempotency): Appended | undefined {
    const row = this.#answers.get(key);
    if (!row) return undefined;
    if (row.digest !== digest) {
      throw new AppError(
        'input_invalid',
        'the idempotency key was used for a batch with other content within 24 hours',
      );
    }
    const { firstPosition, lastPosition, duplicates } = row;
    return { firstPosition, lastPosition, duplicates, repeated: true };
  }

  #saveAnswer({ key, digest }: Idempotency, answer: Appended, nowMs: number): void {
    const { firstPosition, lastPosition, duplicates } = answer;
    this.#answers.set(key, { key, digest, firstPosition, lastPosition, duplicates });
    const { stream, epoch } = this.#stream;
    this.transaction.send(this.#sql.saveAnswer, [
      stream,
      key,
      epoch,
      digest,
      firstPosition,
      lastPosition,
      duplicates,
      nowMs + idempotencyLifeMs,
    ]);
  }

  async #unseenContent(
    { deduplication }: PendingAppend['append'],
    { ids, occurredAtMs, ndjson: bytes }: EventLines,
    nowMs: number,
  ): Promise<SegmentContent> {
    const ndjson = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const timesMs = Float64Array.from(occurredAtMs);
    if (!deduplication || ids.length === 0) return { ndjson, timesMs };
    const seen = await this.#seenKeys();
    const unseen = await seen.takeUnseen(ids, deduplication.horizonMs, nowMs);
    if (unseen.length === ids.length) return { ndjson, timesMs };
    return {
      ndjson: pickLines(ndjson, lineEnds(ndjson, ids.length), unseen),
      timesMs: Float64Array.from(unseen, (index) => timesMs[index] ?? Number.NaN),
    };
  }

  async #seenKeys(): Promise<SeenKeys> {
    if (this.#seen) return this.#seen;
    const rows = new SeenRunRows(this.transaction, this.#sql, this.#stream);
    this.#seen = new SeenKeys(rows, await this.#filters.runsOf(rows, this.#stream));
    return this.#seen;
  }
}
