import { randomInt } from 'node:crypto';
import type { Position, StreamName } from '../../core/stream.ts';
import type { SegmentIdentity } from '../segment.ts';
import type { Transaction } from './database.ts';
import type { HotStatements } from './statements.ts';

/** A stream's head. Read under the row's lock it is the truth until the transaction ends. */
export interface StreamRow {
  readonly stream: StreamName;
  readonly epoch: number;
  headPosition: Position;
  firstRetainedPosition: Position;
  /** Of its blocks. */
  storedBytes: number;
  looseSegments: number;
}

/** Segment checksums need a number that no earlier stream of the same name had. */
const epochMax = 2 ** 47;

/** Locks the stream's head, making it when it is missing. */
export async function lockOrCreateStream(
  transaction: Transaction,
  sql: HotStatements,
  stream: StreamName,
): Promise<StreamRow> {
  for (;;) {
    const found = await lockStream(transaction, sql, stream);
    if (found) return found;
    transaction.send(sql.createStream, [stream, randomInt(1, epochMax)]);
  }
}

export async function lockStream(
  transaction: Transaction,
  sql: HotStatements,
  stream: StreamName,
): Promise<StreamRow | undefined> {
  const [row] = await transaction.query<StreamRow>(sql.lockStream, [stream]);
  return row;
}

export function sendStream(transaction: Transaction, sql: HotStatements, row: StreamRow): void {
  const { stream, headPosition, firstRetainedPosition, storedBytes, looseSegments } = row;
  transaction.send(sql.saveStream, [
    stream,
    headPosition,
    firstRetainedPosition,
    storedBytes,
    looseSegments,
  ]);
}

export function identityOf(
  { stream, epoch }: Pick<StreamRow, 'stream' | 'epoch'>,
  firstPosition: Position,
): SegmentIdentity {
  return { stream, streamId: epoch, firstPosition };
}
