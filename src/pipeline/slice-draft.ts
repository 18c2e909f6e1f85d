import type { Position, StreamName } from '../core/stream.ts';
import type { EncodedEvent, Slice, SliceLimits } from '../sinks/sink.ts';

const newlineBytes = 1;
/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const bytesPerUnitMax = 3;

/** Holds the lines of a slice in the form that its sink takes. */
export interface SliceContent<C> {
  /** Returns how many bytes the line needs with its newline. */
  add(event: EncodedEvent): number;
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
  #firstPosition: Position = 0;
  #lastPosition: Position = 0;
  #gaps: [Position, Position][] = [];
  #newestEventMs: number | undefined;

  constructor(stream: StreamName, limits: SliceLimits, content: SliceContent<C>) {
    this.#stream = stream;
    this.#limits = limits;
    this.#content = content;
  }

  get isEmpty(): boolean {
    return this.#lines === 0;
  }

  /**
   * Adds an event; the slice that was complete without it comes back. No slice exceeds its size,
   * except one that holds a single larger line.
   */
  add(event: EncodedEvent, nowMs: number): (Summary & C) | undefined {
    const complete = this.#hasRoomFor(event.line) ? undefined : this.take();
    const { position, gap, occurredAtMs } = event;
    if (this.isEmpty) {
      this.#begunMs = nowMs;
      this.#firstPosition = gap?.firstPosition ?? position;
    }
    this.#lastPosition = position;
    if (gap) this.#gaps.push([gap.firstPosition, position]);
    else this.#newestEventMs = occurredAtMs;
    this.#sizeBytes += this.#content.add(event);
    this.#lines += 1;
    return complete;
  }

  /** The slice as it is; the next one begins empty. */
  take(): (Summary & C) | undefined {
    if (this.isEmpty) return undefined;
    const summary: Summary = {
      stream: this.#stream,
      firstPosition: this.#firstPosition,
      lastPosition: this.#lastPosition,
      eventCount: this.#lines - this.#gaps.length,
      gaps: this.#gaps,
      sizeBytes: this.#sizeBytes,
      newestEventMs: this.#newestEventMs,
    };
    this.#lines = 0;
    this.#sizeBytes = 0;
    this.#gaps = [];
    this.#newestEventMs = undefined;
    return { ...summary, ...this.#content.take() };
  }

  /** How long the slice may still wait for more events; 0 or less when it is due. */
  lingerMs(nowMs: number): number {
    if (this.#lines >= this.#limits.events || this.#sizeBytes >= this.#limits.sizeBytes) return 0;
    const { small, lingerMs } = this.#limits;
    const allowedMs = small && this.#sizeBytes < small.belowBytes ? small.lingerMs : lingerMs;
    return this.#begunMs + allowedMs - nowMs;
  }

  /** About how many more events bring the slice to its next limit, judged by those it holds. */
  get eventsWanted(): number {
    const belowBytes = this.#limits.small?.belowBytes ?? 0;
    const wantedBytes = this.#sizeBytes < belowBytes ? belowBytes : this.#limits.sizeBytes;
    const meanBytes = this.#sizeBytes / Math.max(1, this.#lines);
    const bySize = Math.ceil((wantedBytes - this.#sizeBytes) / Math.max(1, meanBytes));
    return Math.max(1, Math.min(bySize, this.#limits.events - this.#lines));
  }

  #hasRoomFor(line: string): boolean {
    if (this.isEmpty) return true;
    if (this.#lines >= this.#limits.events) return false;
    const roomBytes = this.#limits.sizeBytes - this.#sizeBytes;
    // Counting a line's bytes takes time and matters only near the limit.
    if (line.length * bytesPerUnitMax + newlineBytes <= roomBytes) return true;
    return Buffer.byteLength(line) + newlineBytes <= roomBytes;
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
