import type { Position, StreamName } from '../core/stream.ts';
import type { EncodedEvent, Slice, SliceLimits } from '../sinks/sink.ts';

const newlineBytes = 1;
/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const bytesPerUnitMax = 3;
/** Positions whose events were all left out are committed so late, at least: they cost a commit. */
const passedLingerMs = 5000;

/** Where slices begin. */
export interface SliceStart {
  /** Events up to here were delivered or left out. */
  readonly after: Position;
  /** The first slice stands for every position behind this one, which is `after` or before it. */
  readonly deliveredPosition: Position;
}

/** An event's line as bytes that stay what they are until the next one. */
export interface EncodedLine {
  readonly position: Position;
  readonly occurredAtMs: number;
  readonly bytes: Buffer;
  /** Without its newline. */
  readonly lengthBytes: number;
}

/** Holds the lines of a slice in the form that its sink takes. */
export interface SliceContent<C> {
  /** Returns how many bytes the line needs with its newline. */
  add(event: EncodedEvent): number;
  /** As `add`; undefined when the sink wants more of an event than its line. */
  readonly addLine?: (line: EncodedLine) => number;
  /** What was added since the last time. */
  take(): C;
}

type Summary = Omit<Slice, 'events'>;

/** A slice that is being filled. */
export class SliceDraft<C> {
  readonly #stream: StreamName;
  readonly #limits: SliceLimits;
  readonly #content: SliceContent<C>;
  #lines = 0;
  #sizeBytes = 0;
  #begunMs = 0;
  #firstPosition: Position;
  #lastPosition: Position;
  /** As of the last slice that was taken, lines or not. */
  #takenPosition: Position;
  #gaps: [Position, Position][] = [];
  #newestEventMs: number | undefined;

  constructor(
    stream: StreamName,
    limits: SliceLimits,
    content: SliceContent<C>,
    { after, deliveredPosition }: SliceStart,
  ) {
    this.#stream = stream;
    this.#limits = limits;
    this.#content = content;
    this.#firstPosition = deliveredPosition + 1;
    this.#lastPosition = after;
    this.#takenPosition = after;
  }

  get isEmpty(): boolean {
    return this.#lines === 0;
  }

  /**
   * Adds an event; the slice that was complete without it comes back. No slice exceeds its size,
   * except one that holds a single larger line.
   */
  add(event: EncodedEvent, nowMs: number): (Summary & C) | undefined {
    const { position, gap, occurredAtMs } = event;
    this.passTo((gap?.firstPosition ?? position) - 1, nowMs);
    const complete = this.#begin(position, this.#hasRoomFor(event.line), nowMs);
    if (gap) this.#gaps.push([gap.firstPosition, position]);
    else this.#newestEventMs = occurredAtMs;
    this.#sizeBytes += this.#content.add(event);
    return complete;
  }

  /** As `add`, for a content that takes lines. */
  addLine(line: EncodedLine, nowMs: number): (Summary & C) | undefined {
    const { position, occurredAtMs, lengthBytes } = line;
    this.passTo(position - 1, nowMs);
    const complete = this.#begin(position, this.#hasRoomForBytes(lengthBytes), nowMs);
    this.#newestEventMs = occurredAtMs;
    this.#sizeBytes += this.#content.addLine?.(line) ?? 0;
    return complete;
  }

  #begin(position: Position, hasRoom: boolean, nowMs: number): (Summary & C) | undefined {
    const complete = hasRoom ? undefined : this.take();
    if (this.isEmpty) this.#begunMs = nowMs;
    this.#lastPosition = position;
    this.#lines += 1;
    return complete;
  }

  /** Events up to `position` that were not added were left out: the slice stands for them too. */
  passTo(position: Position, nowMs: number): void {
    if (position <= this.#lastPosition) return;
    if (this.isEmpty && !this.#hasPassed) this.#begunMs = nowMs;
    this.#lastPosition = position;
  }

  /**
   * The slice as it is; the next one begins empty. One without lines says only how far everything
   * was left out, and the next one with lines stands for that range again.
   */
  take(): (Summary & C) | undefined {
    if (this.isEmpty && !this.#hasPassed) return undefined;
    const summary: Summary = {
      stream: this.#stream,
      firstPosition: this.#firstPosition,
      lastPosition: this.#lastPosition,
      eventCount: this.#lines - this.#gaps.length,
      gaps: this.#gaps,
      sizeBytes: this.#sizeBytes,
      newestEventMs: this.#newestEventMs,
    };
    this.#takenPosition = this.#lastPosition;
    if (!this.isEmpty) this.#firstPosition = this.#lastPosition + 1;
    this.#lines = 0;
    this.#sizeBytes = 0;
    this.#gaps = [];
    this.#newestEventMs = undefined;
    return { ...summary, ...this.#content.take() };
  }

  /** How long the slice may still wait for more events; 0 or less when it is due. */
  lingerMs(nowMs: number): number {
    if (this.isEmpty && !this.#hasPassed) return Number.POSITIVE_INFINITY;
    if (this.#lines >= this.#limits.events || this.#sizeBytes >= this.#limits.sizeBytes) return 0;
    const { small, lingerMs } = this.#limits;
    const isSmall = small && this.#sizeBytes < small.belowBytes;
    const allowedMs = isSmall && !this.isEmpty ? small.lingerMs : lingerMs;
    return this.#begunMs + (this.isEmpty ? Math.max(allowedMs, passedLingerMs) : allowedMs) - nowMs;
  }

  /** About how many more events bring the slice to its next limit, judged by those it holds. */
  get eventsWanted(): number {
    const belowBytes = this.#limits.small?.belowBytes ?? 0;
    const wantedBytes = this.#sizeBytes < belowBytes ? belowBytes : this.#limits.sizeBytes;
    const meanBytes = this.#sizeBytes / Math.max(1, this.#lines);
    const bySize = Math.ceil((wantedBytes - this.#sizeBytes) / Math.max(1, meanBytes));
    return Math.max(1, Math.min(bySize, this.#limits.events - this.#lines));
  }

  get #hasPassed(): boolean {
    return this.#lastPosition > this.#takenPosition;
  }

  #hasRoomFor(line: string): boolean {
    // Counting a line's bytes takes time and matters only near the limit.
    return (
      this.#hasRoomForBytes(line.length * bytesPerUnitMax) ||
      this.#hasRoomForBytes(Buffer.byteLength(line))
    );
  }

  #hasRoomForBytes(lineBytes: number): boolean {
    if (this.isEmpty) return true;
    if (this.#lines >= this.#limits.events) return false;
    return lineBytes + newlineBytes <= this.#limits.sizeBytes - this.#sizeBytes;
  }
}

/** Events one by one, for direct sinks. */
export class SliceEvents implements SliceContent<Pick<Slice, 'events'>> {
  #events: EncodedEvent[] = [];

  add(event: EncodedEvent): number {
    this.#events.push(event);
    return Buffer.byteLength(event.line) + newlineBytes;
  }

  take(): Pick<Slice, 'events'> {
    const events = this.#events;
    this.#events = [];
    return { events };
  }
}
