import type { DatabaseSync } from 'node:sqlite';
import type { EventBlock, LostPositions, Page, ReadLimits, StreamInfo } from '../event-store.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { lineEnds, lineRange, pickLines } from '../ndjson.ts';
import { snapshot } from './database.ts';
import type { WindowBlock, WindowBlockRead } from './protocol.ts';
import { RecentSegments } from './recent-segments.ts';
import { SegmentTable, eventCount } from './segment-table.ts';
import { StreamTable, type StreamRow } from './stream-table.ts';

/** Reads streams on its own connection: SQLite's log lets it read while another one writes. */
export class StreamReader {
  readonly #database: DatabaseSync;
  readonly #streams: StreamTable;
  readonly #segments: SegmentTable;
  readonly #recent: RecentSegments;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#streams = new StreamTable(database);
    this.#segments = new SegmentTable(database);
    this.#recent = new RecentSegments(this.#segments);
  }

  page(stream: StreamName, after: Position, limits: ReadLimits): Page {
    return snapshot(this.#database, () => {
      const row = this.#streams.find(stream);
      if (!row) return { blocks: [], headPosition: 0, lost: undefined };
      const start = Math.max(after + 1, row.firstRetainedPosition);
      const blocks = this.#blocks(row, start, limits);
      return { blocks, headPosition: row.headPosition, lost: this.#lost(row, after) };
    });
  }

  windowSegments(stream: StreamName, window: Window): readonly Position[] {
    const row = this.#streams.find(stream);
    return row ? this.#segments.inWindow(row.id, window) : [];
  }

  /** Undefined when the position is not there any more. */
  windowBlock({ stream, window, position }: WindowBlockRead): WindowBlock | undefined {
    return snapshot(this.#database, () => {
      const row = this.#streams.find(stream);
      if (!row || position < row.firstRetainedPosition || position > row.headPosition) {
        return undefined;
      }
      const segment = this.#segments.at(row, position);
      const { ndjson, timesMs } = this.#segments.content(row, segment);
      const chosen: number[] = [];
      for (let line = position - segment.firstPosition; line < timesMs.length; line++) {
        const timeMs = timesMs[line] ?? Number.NaN;
        if (timeMs >= window.fromMs && timeMs < window.untilMs) chosen.push(line);
      }
      return {
        ndjson: pickLines(ndjson, lineEnds(ndjson, timesMs.length), chosen),
        positions: Float64Array.from(chosen, (line) => segment.firstPosition + line),
        timesMs: Float64Array.from(chosen, (line) => timesMs[line] ?? Number.NaN),
        lastPosition: segment.lastPosition,
      };
    });
  }

  streamInfo(stream: StreamName): StreamInfo | undefined {
    return snapshot(this.#database, () => {
      const row = this.#streams.find(stream);
      return row && row.headPosition > 0 ? this.#info(row) : undefined;
    });
  }

  allStreamInfo(): readonly StreamInfo[] {
    return snapshot(this.#database, () =>
      this.#streams
        .all()
        .filter((row) => row.headPosition > 0)
        .map((row) => this.#info(row)),
    );
  }

  heads(streams: readonly StreamName[]): readonly Position[] {
    return streams.map((stream) => this.#streams.find(stream)?.headPosition ?? 0);
  }

  #blocks(row: StreamRow, start: Position, limits: ReadLimits): readonly EventBlock[] {
    const blocks: EventBlock[] = [];
    let position = start;
    let { events, bytes } = { ...limits, events: Math.max(1, limits.events) };
    while (position <= row.headPosition && events > 0) {
      const block = this.#block(row, position, { events, bytes });
      if (block.ndjson.length > bytes && blocks.length > 0) break;
      blocks.push(block);
      position = block.lastPosition + 1;
      events -= block.lastPosition - block.firstPosition + 1;
      bytes -= block.ndjson.length;
      if (bytes <= 0) break;
    }
    return blocks;
  }

  /** What the segment at `position` holds from there on, within the limits; one event at least. */
  #block(row: StreamRow, position: Position, limits: ReadLimits): EventBlock {
    const segment = this.#segments.at(row, position);
    const { firstPosition, lastPosition } = segment;
    const whole = eventCount(segment) <= limits.events && segment.ndjsonBytes <= limits.bytes;
    if (whole && position === firstPosition) {
      return { firstPosition, lastPosition, ndjson: this.#segments.ndjson(row, segment) };
    }
    const { ndjson, ends } = this.#recent.lines(row, segment);
    const from = position - firstPosition;
    const until = linesWithin(ends, from, limits);
    return {
      firstPosition: position,
      lastPosition: firstPosition + until - 1,
      // A copy: the answer is given away, the segment is kept.
      ndjson: Buffer.from(lineRange(ndjson, ends, from, until)),
    };
  }

  #lost(row: StreamRow, after: Position): LostPositions | undefined {
    const { firstRetainedPosition } = row;
    if (after + 1 >= firstRetainedPosition) return undefined;
    return {
      firstPosition: after + 1,
      lastPosition: firstRetainedPosition - 1,
      untilMs: this.#oldest(row)?.minTimeMs,
    };
  }

  #info(row: StreamRow): StreamInfo {
    const { name, headPosition, firstRetainedPosition, storedBytes } = row;
    return {
      stream: name,
      headPosition,
      firstRetainedPosition,
      storedBytes,
      oldestEventMs: this.#oldest(row)?.minTimeMs,
      newestEventMs: this.#segments.newest(row.id)?.maxTimeMs,
    };
  }

  #oldest(row: StreamRow) {
    const isEmpty = row.firstRetainedPosition > row.headPosition;
    return isEmpty ? undefined : this.#segments.at(row, row.firstRetainedPosition);
  }
}

/** Behind the last line from `from` on that the limits allow. */
function linesWithin(ends: Uint32Array, from: number, { events, bytes }: ReadLimits): number {
  const start = from === 0 ? 0 : (ends[from - 1] ?? 0);
  const untilMax = Math.min(ends.length, from + events);
  let until = from + 1;
  while (until < untilMax && (ends[until] ?? Infinity) - start <= bytes) until++;
  return until;
}
