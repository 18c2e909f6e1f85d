import type { DatabaseSync } from 'node:sqlite';
import type { ReadLimits } from '../event-store.ts';
import type { Position } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { lineEnds } from '../ndjson.ts';
import type { Frame, SegmentBlock } from '../segment.ts';
import { snapshot } from './database.ts';
import type { BackwardRead, BlockBefore, EncodedPageBefore } from './protocol.ts';
import { frameLines, linesInWindow } from './reader.ts';
import { SegmentTable } from './segment-table.ts';
import { StreamTable, type StreamRow } from './stream-table.ts';

/** A read that finds nothing in so many segments answers, so that others get their turn. */
const segmentsMax = 32;

/** Reads a stream from its head towards its beginning. */
export class BackwardReader {
  readonly #database: DatabaseSync;
  readonly #streams: StreamTable;
  readonly #segments: SegmentTable;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#streams = new StreamTable(database);
    this.#segments = new SegmentTable(database);
  }

  /** As `EventStore.readBefore`. */
  page({ stream, before, window, limits }: BackwardRead): EncodedPageBefore {
    return snapshot(this.#database, () => {
      const row = this.#streams.find(stream);
      if (!row) return { blocks: [], next: undefined, headPosition: 0 };
      const draft = new Draft(limits);
      const reached = this.#fill(draft, row, Math.min(before, row.headPosition + 1), window);
      const next = reached > row.firstRetainedPosition ? reached : undefined;
      return { blocks: draft.blocks, next, headPosition: row.headPosition };
    });
  }

  /** The position down to which the draft holds everything of the window; 0 for all there is. */
  #fill(draft: Draft, row: StreamRow, before: Position, window: Window): Position {
    let reached = before;
    for (let count = 0; count < segmentsMax && reached > row.firstRetainedPosition; count += 1) {
      const segment = this.#segments.beforeInWindow(row.id, reached, window);
      if (!segment) return 0;
      const block = this.#segments.open(row, segment);
      reached = addFrames(draft, block, window, reached);
      if (draft.isFull) break;
    }
    return reached;
  }
}

/** Adds the segment's events before `before`, newest first; gives the position that it came to. */
function addFrames(draft: Draft, block: SegmentBlock, window: Window, before: Position): Position {
  const { firstPosition } = block.identity;
  const lines = linesInWindow(block, window, 0);
  let end = lowerBound(lines, before - firstPosition);
  for (const frame of block.frames.toReversed()) {
    const start = lowerBound(lines, frame.firstLine);
    if (start >= end) continue;
    const taken = draft.add(block, frame, lines.subarray(start, end));
    if (taken < end - start) {
      return Math.min(before, firstPosition + (lines[end - taken] ?? block.timesMs.length));
    }
    if (draft.isFull) return firstPosition + frame.firstLine;
    end = start;
  }
  return firstPosition;
}

/** Blocks as they are gathered, and how much more there may be. */
class Draft {
  readonly blocks: BlockBefore[] = [];
  #eventsLeft: number;
  #bytesLeft: number;

  constructor({ events, bytes }: ReadLimits) {
    this.#eventsLeft = Math.max(1, events);
    this.#bytesLeft = bytes;
  }

  get isFull(): boolean {
    return this.#eventsLeft <= 0 || (this.#bytesLeft <= 0 && this.blocks.length > 0);
  }

  /** Takes of the frame's lines, the last ones first, what fits; gives how many that are. */
  add(block: SegmentBlock, frame: Frame, lines: Uint32Array): number {
    let chosen = lines.slice(Math.max(0, lines.length - this.#eventsLeft));
    let ndjson = frameLines(block, frame, chosen);
    const excess = ndjson.length - Math.max(0, this.#bytesLeft);
    if (excess > 0) {
      const ends = lineEnds(ndjson, chosen.length);
      const atLeastOne = this.blocks.length === 0 ? chosen.length - 1 : chosen.length;
      const dropped = Math.min(lowerBound(ends, excess) + 1, atLeastOne);
      ndjson = ndjson.subarray(ends[dropped - 1] ?? 0);
      chosen = chosen.subarray(dropped);
      this.#bytesLeft = 0;
    }
    this.#bytesLeft -= ndjson.length;
    this.#eventsLeft -= chosen.length;
    if (chosen.length > 0) this.blocks.push(toBlock(block, ndjson, chosen));
    return chosen.length;
  }
}

function toBlock(
  { identity, timesMs }: SegmentBlock,
  ndjson: Buffer,
  lines: Uint32Array,
): BlockBefore {
  return {
    ndjson,
    positions: Float64Array.from(lines, (line) => identity.firstPosition + line),
    timesMs: Float64Array.from(lines, (line) => timesMs[line] ?? Number.NaN),
  };
}

/** The index of the first of the rising numbers that is at least `wanted`. */
function lowerBound(rising: Uint32Array, wanted: number): number {
  let [from, until] = [0, rising.length];
  while (from < until) {
    const middle = (from + until) >>> 1;
    if ((rising[middle] ?? 0) < wanted) from = middle + 1;
    else until = middle;
  }
  return from;
}
