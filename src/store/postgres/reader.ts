import type { Position, StreamName } from '../../core/stream.ts';
import type { TimedBlock } from '../../core/timed-block.ts';
import type { Window } from '../../core/window.ts';
import type { LostPositions, Page, ReadLimits, StreamInfo } from '../event-store.ts';
import { chosenLines, linesInWindow, PageDraft } from '../segment-lines.ts';
import type { PostgresDatabase } from './database.ts';
import { assertHolds, openRow, type StoredSegment } from './segment-rows.ts';
import { describeStreams, type HotStatements } from './statements.ts';
import type { StreamRow } from './stream-rows.ts';

interface InfoRow extends Omit<StreamInfo, 'oldestEventMs' | 'newestEventMs'> {
  readonly oldestEventMs: number | null;
  readonly newestEventMs: number | null;
}

/**
 * Reads streams, each statement on a snapshot of its own: segments are merged and dropped between
 * two of them, which moves no event to another position.
 */
export class StreamReader {
  readonly #database: PostgresDatabase;
  readonly #sql: HotStatements;

  constructor(database: PostgresDatabase, sql: HotStatements) {
    this.#database = database;
    this.#sql = sql;
  }

  async page(stream: StreamName, after: Position, limits: ReadLimits): Promise<Page> {
    const row = await this.find(stream);
    if (!row) return { blocks: [], headPosition: 0, lost: undefined };
    const { headPosition, firstRetainedPosition } = row;
    const first = Math.max(after + 1, firstRetainedPosition);
    const draft = new PageDraft(first, headPosition, limits);
    if (!(await this.#fill(draft, row))) return this.page(stream, after, limits);
    const lost = await this.#lost(row, after);
    return { blocks: draft.blocks, headPosition, lost };
  }

  async windowSegments(stream: StreamName, window: Window): Promise<readonly Position[]> {
    const row = await this.find(stream);
    if (!row) return [];
    const values = [stream, row.epoch, window.fromMs, window.untilMs];
    const rows = await this.#database.read<{ firstPosition: Position }>(
      this.#sql.segmentsInWindow,
      values,
    );
    return rows.map(({ firstPosition }) => firstPosition);
  }

  /** Events of the segment that holds `position`; undefined when it is not there any more. */
  async windowBlock(
    stream: StreamName,
    window: Window,
    position: Position,
  ): Promise<(TimedBlock & { readonly lastPosition: Position }) | undefined> {
    const row = await this.find(stream);
    if (!row || position < row.firstRetainedPosition) return undefined;
    const segment = await this.#segmentAt(row, position);
    if (!segment) return undefined;
    const block = openRow(row, segment);
    const { firstPosition, lastPosition } = segment;
    const lines = linesInWindow(block, window, position - firstPosition);
    return {
      ndjson: chosenLines(block, lines),
      positions: Float64Array.from(lines, (line) => firstPosition + line),
      timesMs: Float64Array.from(lines, (line) => block.timesMs[line] ?? Number.NaN),
      lastPosition,
    };
  }

  async info(stream: StreamName): Promise<StreamInfo | undefined> {
    const rows = await this.#database.read<InfoRow>(this.#sql.describeStream, [stream]);
    return rows.filter(hasEvents).map(toInfo)[0];
  }

  async allInfo(): Promise<readonly StreamInfo[]> {
    const sql = `${describeStreams(this.#database.schema)} where s.head_position > $1 order by s.stream`;
    const rows = await this.#database.read<InfoRow>(sql, [0]);
    return rows.map(toInfo);
  }

  async heads(streams: readonly StreamName[]): Promise<readonly Position[]> {
    const sql = /* sql */ `select stream, head_position as "headPosition"
      from ${this.#database.schema}.stream where stream = any($1)`;
    const rows = await this.#database.read<StreamRow>(sql, [streams]);
    const heads = new Map(rows.map((row) => [row.stream, row.headPosition]));
    return streams.map((stream) => heads.get(stream) ?? 0);
  }

  async find(stream: StreamName): Promise<StreamRow | undefined> {
    const [row] = await this.#database.read<StreamRow>(this.#sql.findStream, [stream]);
    return row;
  }

  /** False when retention has overtaken the read: then it begins anew, behind what is lost. */
  async #fill(draft: PageDraft, row: StreamRow): Promise<boolean> {
    while (!draft.isFull) {
      const { stream, epoch } = row;
      const { next, last, bytesLeft } = draft;
      const values = [stream, epoch, next, last, Math.max(1, bytesLeft)];
      const segments = await this.#database.read<StoredSegment>(this.#sql.segmentsFrom, values);
      const [first] = segments;
      if (!first || first.firstPosition > next || first.lastPosition < next) {
        if (await this.#isOvertaken(row, next)) return false;
        assertHolds(row, next, first);
      }
      for (const segment of segments) {
        if (draft.isFull) break;
        assertHolds(row, draft.next, segment);
        draft.add(openRow(row, segment));
      }
    }
    return true;
  }

  async #segmentAt(row: StreamRow, position: Position): Promise<StoredSegment | undefined> {
    const values = [row.stream, row.epoch, position];
    const [segment] = await this.#database.read<StoredSegment>(this.#sql.segmentAt, values);
    if (segment && segment.lastPosition >= position) return segment;
    if (await this.#isOvertaken(row, position)) return undefined;
    return assertHolds(row, position, segment);
  }

  async #isOvertaken(row: StreamRow, position: Position): Promise<boolean> {
    const now = await this.find(row.stream);
    return now?.epoch !== row.epoch || now.firstRetainedPosition > position;
  }

  async #lost(row: StreamRow, after: Position): Promise<LostPositions | undefined> {
    const { stream, firstRetainedPosition } = row;
    if (after + 1 >= firstRetainedPosition) return undefined;
    const untilMs = (await this.info(stream))?.oldestEventMs;
    return { firstPosition: after + 1, lastPosition: firstRetainedPosition - 1, untilMs };
  }
}

function hasEvents({ headPosition }: InfoRow): boolean {
  return headPosition > 0;
}

function toInfo({ oldestEventMs, newestEventMs, ...row }: InfoRow): StreamInfo {
  return {
    ...row,
    oldestEventMs: oldestEventMs ?? undefined,
    newestEventMs: newestEventMs ?? undefined,
  };
}
