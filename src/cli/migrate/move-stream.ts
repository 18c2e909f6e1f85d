import { AppError } from '../../core/errors.ts';
import { joinEntries } from '../../store/seen-buckets.ts';
import type { PostgresDatabase, Transaction } from '../../store/postgres/database.ts';
import { SeenRunRows } from '../../store/postgres/seen-run-rows.ts';
import { encodeRow, sendSegments } from '../../store/postgres/segment-rows.ts';
import type { HotStatements } from '../../store/postgres/statements.ts';
import {
  lockOrCreateStream,
  sendStream,
  type StreamRow as TargetRow,
} from '../../store/postgres/stream-rows.ts';
import type { StreamRow } from '../../store/sqlite/stream-table.ts';
import type { EmbeddedSource } from './embedded-source.ts';

/** Of NDJSON in one transaction. */
const bytesPerStep = 8 * 1024 ** 2;

export interface Move {
  readonly source: EmbeddedSource;
  readonly database: PostgresDatabase;
  readonly sql: HotStatements;
  /** Which data directory it comes from: what was begun from another one is left alone. */
  readonly origin: string;
  /** Called with the bytes of blocks that have been read since the last call. */
  readonly onProgress: (blockBytes: number) => void;
}

interface Step {
  readonly isDone: boolean;
  readonly blockBytes: number;
}

/**
 * Moves one stream with its positions, a few segments per commit. What is there already from an
 * earlier attempt is gone on from. Rejects with `already_exists` when the target has a stream of this
 * name from elsewhere.
 */
export async function moveStream(
  move: Move,
  stream: StreamRow,
  signal: AbortSignal,
): Promise<void> {
  for (let isDone = false; !isDone;) {
    signal.throwIfAborted();
    const step = await move.database.transaction((transaction) =>
      moveStep(move, stream, transaction),
    );
    move.onProgress(step.blockBytes);
    isDone = step.isDone;
  }
}

async function moveStep(move: Move, from: StreamRow, transaction: Transaction): Promise<Step> {
  const { sql, source } = move;
  const row = await lockOrCreateStream(transaction, sql, from.name);
  const isDone = await readState(move, transaction, row);
  if (isDone === true) return { isDone, blockBytes: from.storedBytes };
  if (isDone === undefined) begin(move, transaction, row, from);
  if (row.headPosition >= from.headPosition) {
    await moveMemory(move, transaction, row, from);
    transaction.send(
      `update ${move.database.schema}.taken_over set is_done = true where stream = $1 and origin = $2`,
      [row.stream, move.origin],
    );
    return { isDone: true, blockBytes: 0 };
  }
  const segments = source.segmentsFrom(from, row.headPosition + 1, bytesPerStep);
  const rows = segments.map(({ firstPosition, content, appendedMs }) =>
    encodeRow(row, firstPosition, content, appendedMs),
  );
  sendSegments(transaction, sql, row, rows);
  row.headPosition = segments.at(-1)?.lastPosition ?? row.headPosition;
  sendStream(transaction, sql, row);
  return { isDone: false, blockBytes: segments.reduce((sum, each) => sum + each.blockBytes, 0) };
}

/** Undefined when nothing was moved yet. */
async function readState(
  { database, origin }: Move,
  transaction: Transaction,
  row: TargetRow,
): Promise<boolean | undefined> {
  const [known] = await transaction.query<{ isDone: boolean }>(
    `select is_done as "isDone" from ${database.schema}.taken_over where stream = $1 and origin = $2`,
    [row.stream, origin],
  );
  if (known === undefined && row.headPosition > 0) {
    throw new AppError(
      'already_exists',
      `${database.address} has a stream ${row.stream} of its own, up to position ${row.headPosition}`,
    );
  }
  return known?.isDone;
}

function begin(move: Move, transaction: Transaction, row: TargetRow, from: StreamRow): void {
  const sql = `insert into ${move.database.schema}.taken_over values ($1, $2, false)`;
  transaction.send(sql, [row.stream, move.origin]);
  // What retention has dropped stays dropped: positions go on behind it.
  row.firstRetainedPosition = from.firstRetainedPosition;
  row.headPosition = from.firstRetainedPosition - 1;
  sendStream(transaction, move.sql, row);
}

/** What the stream knows of ids and keys that it has seen. */
async function moveMemory(
  { source, sql }: Move,
  transaction: Transaction,
  row: TargetRow,
  from: StreamRow,
): Promise<void> {
  for (const answer of source.answers(from)) {
    const { key, digest, firstPosition, lastPosition, duplicates, expiresAtMs } = answer;
    transaction.send(sql.saveAnswer, [
      row.stream,
      key,
      row.epoch,
      digest,
      firstPosition,
      lastPosition,
      duplicates,
      expiresAtMs,
    ]);
  }
  const seen = new SeenRunRows(transaction, sql, row);
  for (const run of source.seenRuns(from)) {
    const { level, horizonMs, newestMs } = run;
    seen.insert({ level, horizonMs, newestMs }, joinEntries(source.seenEntries(run)));
  }
}
