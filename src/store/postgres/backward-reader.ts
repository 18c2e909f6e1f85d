import type { Position, StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { BackwardDraft } from '../backward-draft.ts';
import type { PageBefore, ReadLimits } from '../event-store.ts';
import type { PostgresDatabase } from './database.ts';
import { openRow, type StoredSegment } from './segment-rows.ts';
import type { HotStatements } from './statements.ts';
import type { StreamRow } from './stream-rows.ts';

/** A read that finds nothing in so many segments answers, so that a caller sees it go on. */
const segmentsMax = 32;

export interface BackwardRead {
  readonly stream: StreamName;
  readonly before: Position;
  readonly window: Window;
  readonly limits: ReadLimits;
}

/** As `EventStore.readBefore`. */
export async function readBefore(
  database: PostgresDatabase,
  sql: HotStatements,
  { stream, before, window, limits }: BackwardRead,
): Promise<PageBefore> {
  const [row] = await database.read<StreamRow>(sql.findStream, [stream]);
  if (!row) return { blocks: [], next: undefined, headPosition: 0 };
  const { epoch, headPosition, firstRetainedPosition } = row;
  const draft = new BackwardDraft(limits);
  let reached = Math.min(before, headPosition + 1);
  for (let count = 0; count < segmentsMax && reached > firstRetainedPosition; count += 1) {
    const values = [stream, epoch, reached, window.fromMs, window.untilMs];
    const [segment] = await database.read<StoredSegment>(sql.segmentBefore, values);
    if (!segment) reached = 0;
    else reached = draft.addSegment(openRow(row, segment), window, reached);
    if (draft.isFull) break;
  }
  const next = reached > firstRetainedPosition ? reached : undefined;
  return { blocks: draft.blocks, next, headPosition };
}
