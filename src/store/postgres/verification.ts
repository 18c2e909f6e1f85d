import { AppError, errorCode, errorMessage } from '../../core/errors.ts';
import type { Position } from '../../core/stream.ts';
import { countLines } from '../../lib/ndjson.ts';
import { segmentContent } from '../segment.ts';
import type { PostgresDatabase, Transaction } from './database.ts';
import { assertHolds, eventCount, openRow, type StoredSegment } from './segment-rows.ts';
import { SeenRunRows } from './seen-run-rows.ts';
import type { HotStatements } from './statements.ts';
import type { StreamRow } from './stream-rows.ts';

/** Findings named in one message. */
const findingsMax = 20;

/** Reads everything once. Rejects with `store_corrupt` that names what is damaged. */
export async function verifyStore(
  database: PostgresDatabase,
  sql: HotStatements,
  signal?: AbortSignal,
): Promise<void> {
  const findings: string[] = [];
  const streams = await database.read<StreamRow>(
    `select stream from ${database.schema}.stream where epoch > $1 order by stream`,
    [0],
  );
  for (const { stream } of streams) {
    let position: Position | undefined = 1;
    while (position !== undefined && findings.length < findingsMax) {
      signal?.throwIfAborted();
      const from: Position = position;
      position = await database.attempt(async (transaction) => {
        await transaction.query('set transaction isolation level repeatable read, read only', []);
        const [row] = await transaction.query<StreamRow>(sql.findStream, [stream]);
        return row && verifyStep(transaction, sql, row, from, findings);
      });
    }
  }
  if (findings.length > 0) {
    throw new AppError('store_corrupt', `${database.address}: ${findings.join('; ')}`);
  }
}

/** Checks the segment at `from` or the first behind it; gives where the next one starts. */
async function verifyStep(
  transaction: Transaction,
  sql: HotStatements,
  row: StreamRow,
  from: Position,
  findings: string[],
): Promise<Position | undefined> {
  const position = Math.max(from, row.firstRetainedPosition);
  try {
    if (position > row.headPosition) {
      const seen = new SeenRunRows(transaction, sql, row);
      for (const run of await seen.list()) {
        await seen.withFilters([run.run]);
        await seen.entriesOf(run);
      }
      return undefined;
    }
    const values = [row.stream, row.epoch, position];
    const [segment] = await transaction.query<StoredSegment>(sql.segmentAt, values);
    const found = assertHolds(row, position, segment);
    try {
      assertWhole(row, found);
    } catch (error) {
      note(error, findings);
    }
    return found.lastPosition + 1;
  } catch (error) {
    note(error, findings);
    return undefined;
  }
}

function assertWhole(row: StreamRow, segment: StoredSegment): void {
  const { ndjson } = segmentContent(openRow(row, segment));
  if (countLines(ndjson) === eventCount(segment)) return;
  const what = `stream ${row.stream}, segment ${segment.firstPosition}`;
  throw new AppError('store_corrupt', `${what}: lines differ`);
}

/** What is not damage, such as a lost connection, ends the verification. */
function note(error: unknown, findings: string[]): void {
  if (errorCode(error) !== 'store_corrupt') throw error;
  findings.push(errorMessage(error));
}
