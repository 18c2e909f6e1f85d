import type { DatabaseSync } from 'node:sqlite';
import type { EventBlock, LostPositions, Page, ReadLimits, StreamInfo } from '../event-store.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import { countLines, lineEnds, lineRange, pickLines, wholeLinesBytes } from '../ndjson.ts';
import { decodeFrame, type Frame, type SegmentBlock } from '../segment.ts';
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
    const blocks: EventBlock[] = [];
    let bytesLeft = limits.bytes;
    const last = Math.min(row.headPosition, start + Math.max(1, limits.events) - 1);
    for (const block of this.#eventBlocks(row, start, last)) {
      const fitting = withinBytes(block, bytesLeft, blocks.length === 0);
      if (fitting) blocks.push(fitting);
      bytesLeft -= block.ndjson.length;
      if (bytesLeft <= 0) break;
    }
    return blocks;
  }

  /** The events from `start` to `last`, a frame at a time, read as they are asked for. */
  *#eventBlocks(row: StreamRow, start: Position, last: Position): Iterable<EventBlock> {
    let position = start;
    while (position <= last) {
      const segment = this.#segments.at(row, position);
      const block = this.#segments.open(row, segment);
      try {
        for (const frame of block.frames) {
          const frameStart = segment.firstPosition + frame.firstLine;
          const lastPosition = Math.min(last, frameStart + frame.lineCount - 1);
          if (position > lastPosition) continue;
          const ndjson = decodeFrame(block, frame);
          const [from, until] = [position - frameStart, lastPosition - frameStart + 1];
          const lines = someLines(ndjson, frame.lineCount, from, until);
          yield { firstPosition: position, lastPosition, ndjson: lines };
          position = lastPosition + 1;
        }
      } finally {
        releaseMemory(block.bytes);
      }
    }
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

/** Lines `from` to before `until` of the `count` there are; the others are gone then. */
function someLines(ndjson: Buffer, count: number, from: number, until: number): Buffer {
  if (from === 0 && until === count) return ndjson;
  const lines = Buffer.from(lineRange(ndjson, lineEnds(ndjson, count), from, until));
  releaseMemory(ndjson);
  return lines;
}

/** What of `block` fits; undefined when nothing does, unless `atLeastOne` event must come. */
function withinBytes(
  block: EventBlock,
  bytesMax: number,
  atLeastOne: boolean,
): EventBlock | undefined {
  const { firstPosition, ndjson } = block;
  if (ndjson.length <= bytesMax) return block;
  const bytes = wholeLinesBytes(ndjson, bytesMax);
  if (bytes > bytesMax && !atLeastOne) return undefined;
  const fitting = ndjson.subarray(0, bytes);
  return { firstPosition, lastPosition: firstPosition + countLines(fitting) - 1, ndjson: fitting };
}

/** The numbers of the lines from `firstLine` on whose time lies in the window. */
export function linesInWindow(
  { timesMs }: SegmentBlock,
  { fromMs, untilMs }: Window,
  firstLine: number,
): Uint32Array {
  const lines = new Uint32Array(timesMs.length);
  let count = 0;
  for (let line = firstLine; line < timesMs.length; line++) {
    const timeMs = timesMs[line] ?? Number.NaN;
    if (timeMs >= fromMs && timeMs < untilMs) lines[count++] = line;
  }
  return lines.subarray(0, count);
}

/** The lines, which rise, without decompressing frames that hold none of them. */
function chosenLines(block: SegmentBlock, lines: Uint32Array): Buffer {
  const parts: Buffer[] = [];
  let [from, until] = [0, 0];
  for (const frame of block.frames) {
    const frameEnd = frame.firstLine + frame.lineCount;
    while (until < lines.length && (lines[until] ?? 0) < frameEnd) until++;
    const chosen = lines.subarray(from, until);
    from = until;
    if (chosen.length > 0) parts.push(frameLines(block, frame, chosen));
  }
  const ndjson = Buffer.concat(parts);
  for (const part of parts) releaseMemory(part);
  return ndjson;
}

/** The lines by their numbers in the segment, which rise. */
export function frameLines(block: SegmentBlock, frame: Frame, lines: Uint32Array): Buffer {
  const ndjson = decodeFrame(block, frame);
  if (lines.length === frame.lineCount) return ndjson;
  const inFrame = lines.map((line) => line - frame.firstLine);
  return pickLines(ndjson, lineEnds(ndjson, frame.lineCount), inFrame);
}
