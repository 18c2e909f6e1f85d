import type { Position } from '../core/stream.ts';
import type { Window } from '../core/window.ts';
import { releaseMemory } from '../lib/release-memory.ts';
import type { EventBlock, ReadLimits } from './event-store.ts';
import { countLines, lineEnds, lineRange, pickLines, wholeLinesBytes } from '../lib/ndjson.ts';
import { decodeFrame, type Frame, type SegmentBlock } from './segment.ts';

/** Blocks of a page as they are gathered in order of positions, up to its limits. */
export class PageDraft {
  readonly blocks: EventBlock[] = [];
  readonly #last: Position;
  #next: Position;
  #bytesLeft: number;

  /** Events from `first` on, but none behind `head`. */
  constructor(first: Position, head: Position, limits: ReadLimits) {
    this.#next = first;
    this.#last = Math.min(head, first + Math.max(1, limits.events) - 1);
    this.#bytesLeft = limits.bytes;
  }

  /** The position with which the next segment must go on. */
  get next(): Position {
    return this.#next;
  }

  get last(): Position {
    return this.#last;
  }

  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  get isFull(): boolean {
    return this.#next > this.#last || (this.#bytesLeft <= 0 && this.blocks.length > 0);
  }

  /** Takes what fits of the segment that holds `next`, a frame at a time. */
  add(block: SegmentBlock): void {
    const { firstPosition } = block.identity;
    for (const frame of block.frames) {
      const frameStart = firstPosition + frame.firstLine;
      const lastPosition = Math.min(this.#last, frameStart + frame.lineCount - 1);
      if (this.#next > lastPosition) continue;
      if (this.isFull) return;
      const [from, until] = [this.#next - frameStart, lastPosition - frameStart + 1];
      const ndjson = someLines(decodeFrame(block, frame), frame.lineCount, from, until);
      this.#take({ firstPosition: this.#next, lastPosition, ndjson });
    }
  }

  #take(block: EventBlock): void {
    const fitting = withinBytes(block, this.#bytesLeft, this.blocks.length === 0);
    if (fitting) this.blocks.push(fitting);
    this.#bytesLeft -= block.ndjson.length;
    this.#next = block.lastPosition + 1;
  }
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
export function chosenLines(block: SegmentBlock, lines: Uint32Array): Buffer {
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
