import type { StreamName } from '../../core/stream.ts';
import { segmentContent } from '../segment.ts';
import { joinSegments } from '../segment-builder.ts';
import { firstMergeable } from '../mergeable.ts';
import type { PostgresDatabase, Transaction } from './database.ts';
import {
  encodeRow,
  openRow,
  sendSegments,
  type SegmentRow,
  type StoredSegment,
} from './segment-rows.ts';
import type { HotStatements } from './statements.ts';
import { lockStream, sendStream, type StreamRow } from './stream-rows.ts';

/** A stream is looked at when so many segments were added since it was compacted. */
const looseSegmentsMin = 4;
const streamsPerLook = 256;
/** Rows looked at in one step. */
const rowsPerStep = 512;

/** Merges small neighbouring segments of every stream that has grown some. */
export class Compaction {
  readonly #database: PostgresDatabase;
  readonly #sql: HotStatements;

  constructor(database: PostgresDatabase, sql: HotStatements) {
    this.#database = database;
    this.#sql = sql;
  }

  async run(signal?: AbortSignal): Promise<void> {
    let after = '';
    for (;;) {
      signal?.throwIfAborted();
      const streams = await this.#looseStreams(after);
      for (const stream of streams) await this.#compactStream(stream, signal);
      const last = streams.at(-1);
      if (last === undefined || streams.length < streamsPerLook) return;
      after = last;
    }
  }

  async #looseStreams(after: string): Promise<readonly StreamName[]> {
    const rows = await this.#database.read<{ stream: StreamName }>(
      /* sql */ `select stream from ${this.#database.schema}.stream
        where stream > $1 and loose_segments >= $2 order by stream limit $3`,
      [after, looseSegmentsMin, streamsPerLook],
    );
    return rows.map(({ stream }) => stream);
  }

  async #compactStream(stream: StreamName, signal: AbortSignal | undefined): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      signal?.throwIfAborted();
      const from: number = after;
      after = await this.#database.transaction((transaction) =>
        this.#step(transaction, stream, from),
      );
    }
  }

  /** Merges the first run of small neighbours behind `after`; gives where to go on. */
  async #step(
    transaction: Transaction,
    stream: StreamName,
    after: number,
  ): Promise<number | undefined> {
    const row = await lockStream(transaction, this.#sql, stream);
    if (!row) return undefined;
    const values = [stream, row.epoch, after, rowsPerStep];
    const rows = await transaction.query<SegmentRow>(this.#sql.segmentRows, values);
    const run = firstMergeable(rows);
    const [first] = run;
    if (first) {
      await this.#merge(transaction, row, run);
      return first.firstPosition - 1;
    }
    // The next step sees half of these rows again, so that no neighbours are missed at the seam.
    const next = rows.length < rowsPerStep ? undefined : rows[rowsPerStep / 2]?.firstPosition;
    if (next === undefined) {
      row.looseSegments = 0;
      sendStream(transaction, this.#sql, row);
    }
    return next;
  }

  async #merge(
    transaction: Transaction,
    stream: StreamRow,
    run: readonly SegmentRow[],
  ): Promise<void> {
    const positions = run.map(({ firstPosition }) => firstPosition);
    const stored = await transaction.query<StoredSegment>(this.#sql.segmentsAt, [
      stream.stream,
      stream.epoch,
      positions,
    ]);
    const content = joinSegments(stored.map((row) => segmentContent(openRow(stream, row))));
    const appendedMs = Math.max(...run.map((row) => row.appendedMs));
    transaction.send(this.#sql.deleteSegments, [stream.stream, stream.epoch, positions]);
    stream.storedBytes -= run.reduce((sum, { blockBytes }) => sum + blockBytes, 0);
    const merged = encodeRow(stream, positions[0] ?? 0, content, appendedMs);
    sendSegments(transaction, this.#sql, stream, [merged]);
    sendStream(transaction, this.#sql, stream);
  }
}
