import type { DatabaseSync } from 'node:sqlite';
import type { EventBlock, LostPositions, Page, ReadLimits, StreamInfo } from '../event-store.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import { chosenLines, linesInWindow, PageDraft } from '../segment-lines.ts';
import { snapshot } from './database.ts';
import type { WindowBlock, WindowBlockRead } from './protocol.ts';
import { SegmentTable } from './segment-table.ts';
import { StreamTable, type StreamRow } from './stream-table.ts';

/** Reads streams on its own connection: SQLite's log lets it read while another one writes. */
export class StreamReader {
  readonly #database: DatabaseSync;
  readonly #streams: StreamTable;
  readonly #segments: SegmentTable;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#streams = new StreamTable(database);
    this.#segments = new SegmentTable(database);
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
      const block = this.#segments.open(row, segment);
      const lines = linesInWindow(block, window, position - segment.firstPosition);
      const ndjson = chosenLines(block, lines);
      releaseMemory(block.bytes);
      return {
        ndjson,
        positions: Float64Array.from(lines, (line) => segment.firstPosition + line),
        timesMs: Float64Array.from(lines, (line) => block.timesMs[line] ?? Number.NaN),
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
    const draft = new PageDraft(start, row.headPosition, limits);
    while (!draft.isFull) {
      const block = this.#segments.open(row, this.#segments.at(row, draft.next));
      try {
        draft.add(block);
      } finally {
        releaseMemory(block.bytes);
      }
    }
    return draft.blocks;
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
