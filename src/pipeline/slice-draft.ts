import type { StreamName } from '../core/stream.ts';
import type { EncodedEvent, Slice, SliceLimits } from '../sinks/sink.ts';

const newlineBytes = 1;

/** A slice that is being filled. */
export class SliceDraft {
  readonly #stream: StreamName;
  readonly #limits: SliceLimits;
  #events: EncodedEvent[] = [];
  #sizeBytes = 0;
  #begunMs = 0;

  constructor(stream: StreamName, limits: SliceLimits) {
    this.#stream = stream;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /**
   * Adds an event; the slice that was complete without it comes back. No slice exceeds its size,
   * except one that holds a single larger line.
   */
  add(event: EncodedEvent, nowMs: number): Slice | undefined {
    const lineBytes = Buffer.byteLength(event.line) + newlineBytes;
    const complete = this.#hasRoomFor(lineBytes) ? undefined : this.take();
    if (this.isEmpty) this.#begunMs = nowMs;
    this.#events.push(event);
    this.#sizeBytes += lineBytes;
    return complete;
  }

  /** The slice as it is; the next one begins empty. */
  take(): Slice | undefined {
    const [first] = this.#events;
    const last = this.#events.at(-1);
    if (!first || !last) return undefined;
    const slice: Slice = {
      stream: this.#stream,
      firstPosition: first.gap?.firstPosition ?? first.position,
      lastPosition: last.position,
      events: this.#events,
      sizeBytes: this.#sizeBytes,
    };
    this.#events = [];
    this.#sizeBytes = 0;
    return slice;
  }

  /** How long the slice may still wait for more events; 0 or less when it is due. */
  lingerMs(nowMs: number): number {
    if (this.#isAtLimit) return 0;
    const { small, lingerMs } = this.#limits;
    const allowedMs = small && this.#sizeBytes < small.belowBytes ? small.lingerMs : lingerMs;
    return this.#begunMs + allowedMs - nowMs;
  }

  /** About how many more events bring the slice to its next limit, judged by those it holds. */
  get eventsWanted(): number {
    const belowBytes = this.#limits.small?.belowBytes ?? 0;
    const wantedBytes = this.#sizeBytes < belowBytes ? belowBytes : this.#limits.sizeBytes;
    const meanBytes = this.#sizeBytes / Math.max(1, this.#events.length);
    const bySize = Math.ceil((wantedBytes - this.#sizeBytes) / Math.max(1, meanBytes));
    return Math.max(1, Math.min(bySize, this.#limits.events - this.#events.length));
  }

  get #isAtLimit(): boolean {
    return this.#events.length >= this.#limits.events || this.#sizeBytes >= this.#limits.sizeBytes;
  }

  #hasRoomFor(lineBytes: number): boolean {
    if (this.isEmpty) return true;
    if (this.#events.length >= this.#limits.events) return false;
    return this.#sizeBytes + lineBytes <= this.#limits.sizeBytes;
  }
}
