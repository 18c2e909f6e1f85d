import type { Position } from '../core/stream.ts';
import type { TimedBlock } from '../core/timed-block.ts';
import type { Window } from '../core/window.ts';
import type { ReadLimits } from './event-store.ts';
import { lineEnds } from '../lib/ndjson.ts';
import type { Frame, SegmentBlock } from './segment.ts';
import { frameLines, linesInWindow } from './segment-lines.ts';

/** Its numbers are in memory of their own. */
export interface BlockBefore extends TimedBlock {
  readonly positions: Float64Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
}

/** Blocks as they are gathered from the newest to the oldest, and how much more there may be. */
export class BackwardDraft {
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

  /** Adds the segment's events before `before`; gives the position that it came to. */
  addSegment(block: SegmentBlock, window: Window, before: Position): Position {
    const { firstPosition } = block.identity;
    const lines = linesInWindow(block, window, 0);
    let end = lowerBound(lines, before - firstPosition);
    for (const frame of block.frames.toReversed()) {
      const start = lowerBound(lines, frame.firstLine);
      if (start >= end) continue;
      const taken = this.#add(block, frame, lines.subarray(start, end));
      if (taken < end - start) {
        return Math.min(before, firstPosition + (lines[end - taken] ?? block.timesMs.length));
      }
      if (this.isFull) return firstPosition + frame.firstLine;
      end = start;
    }
    return firstPosition;
  }

  /** Takes of the frame's lines, the last ones first, what fits; gives how many that are. */
  #add(block: SegmentBlock, frame: Frame, lines: Uint32Array): number {
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
