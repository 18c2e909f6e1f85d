import type { DatabaseSync } from 'node:sqlite';
import type { Appended } from '../event-store.ts';
import type { StreamName } from '../../core/stream.ts';
import { lineEnds, pickLines } from '../../lib/ndjson.ts';
import type { SegmentContent } from '../segment.ts';
import { decodeIds } from './encoded-append.ts';
import type { IdempotencyTable } from './idempotency-table.ts';
import type { ProgressTable } from './progress-table.ts';
import type { EncodedAppend } from './protocol.ts';
import { readPragma } from './query.ts';
import { SeenKeys } from './seen-keys.ts';
import { SegmentBuilder } from '../segment-builder.ts';
import type { SegmentTable } from './segment-table.ts';
import type { StreamRow, StreamTable } from './stream-table.ts';

export interface AppendTables {
  readonly streams: StreamTable;
  readonly segments: SegmentTable;
  readonly progress: ProgressTable;
  readonly idempotency: IdempotencyTable;
}

/** A stream that the transaction at hand appends to. */
interface OpenStream {
  readonly row: StreamRow;
  readonly builder: SegmentBuilder;
  appendedMs: number;
}

/** Expired answers that a transaction takes along, so that they never pile up. */
const purgedPerTransaction = 64;

/**
 * Carries out the appends of one write transaction after the other. Appends of one transaction to
 * one stream share segments, so many small ones cost little more than a large one.
 */
export class Appender {
  readonly #database: DatabaseSync;
  readonly #tables: AppendTables;
  readonly #seen: SeenKeys;
  readonly #open = new Map<StreamName, OpenStream>();
  #dataVersion: unknown;

  constructor(database: DatabaseSync, tables: AppendTables) {
    this.#database = database;
    this.#tables = tables;
    this.#seen = new SeenKeys(database);
  }

  /** First in every transaction that appends. */
  begin(): void {
    this.#open.clear();
    const dataVersion = readPragma(this.#database, 'data_version');
    if (dataVersion !== this.#dataVersion) this.#seen.forget();
    this.#dataVersion = dataVersion;
  }

  /** Last in the transaction: writes what has gathered. */
  finish(nowMs: number): void {
    for (const { row, builder } of this.#open.values()) {
      builder.flush();
      this.#tables.streams.save(row);
    }
    this.#tables.idempotency.deleteExpired(nowMs, purgedPerTransaction);
  }

  /** After a transaction that failed, or removed streams. */
  forget(): void {
    this.#open.clear();
    this.#seen.forget();
  }

  /** Throws `input_invalid` before it has changed anything. */
  append(append: EncodedAppend): Appended {
    const { idempotency, nowMs } = append;
    const stream = this.#openStream(append.stream);
    const { row } = stream;
    const known = idempotency && this.#tables.idempotency.answer(row.id, idempotency, nowMs);
    if (known) return known;
    const content = this.#unseenContent(row.id, append);
    const firstPosition = row.headPosition + 1;
    row.headPosition += content.timesMs.length;
    stream.appendedMs = Math.max(stream.appendedMs, nowMs);
    stream.builder.add(content);
    const duplicates = append.timesMs.length - content.timesMs.length;
    const lastPosition = row.headPosition;
    const answer = { firstPosition, lastPosition, duplicates, repeated: false };
    if (idempotency) this.#tables.idempotency.save(row.id, idempotency, answer, nowMs);
    if (append.checkpoint) this.#tables.progress.saveCheckpoint(append.checkpoint, append.stream);
    return answer;
  }

  #openStream(name: StreamName): OpenStream {
    const open = this.#open.get(name);
    if (open) return open;
    const row = this.#tables.streams.findOrCreate(name);
    const builder = new SegmentBuilder(row.headPosition + 1, (firstPosition, content) =>
      this.#tables.segments.insert(row, firstPosition, content, stream.appendedMs),
    );
    const stream: OpenStream = { row, builder, appendedMs: 0 };
    this.#open.set(name, stream);
    return stream;
  }

  #unseenContent(streamId: number, append: EncodedAppend): SegmentContent {
    const { timesMs, deduplication } = append;
    const ndjson = Buffer.from(
      append.ndjson.buffer,
      append.ndjson.byteOffset,
      append.ndjson.length,
    );
    if (!deduplication || timesMs.length === 0) return { ndjson, timesMs };
    const { horizonMs } = deduplication;
    const ids = decodeIds(deduplication);
    const unseen = this.#seen.takeUnseen(streamId, ids, horizonMs, append.nowMs);
    if (unseen.length === timesMs.length) return { ndjson, timesMs };
    return {
      ndjson: pickLines(ndjson, lineEnds(ndjson, timesMs.length), unseen),
      timesMs: Float64Array.from(unseen, (index) => timesMs[index] ?? Number.NaN),
    };
  }
}
