import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { parseStoredEvent } from '../core/event.ts';
import type { Position, StreamName } from '../core/stream.ts';
import { timedEvents } from '../core/timed-block.ts';
import type { Window } from '../core/window.ts';
import type { Encoder } from '../encode/encoder.ts';
import type { EncodedEvent, RejectedEvent, Sink, Slice, StagedSlice } from '../sinks/sink.ts';
import type { SliceLimits } from '../sinks/sink.ts';
import type { EventStore } from '../store/event-store.ts';
import { persist } from './persist.ts';
import { encodedEvent } from './encoded-event.ts';
import type { Pace } from './pace.ts';
import type { Selection } from './selection.ts';
import { SliceBytes } from './slice-bytes.ts';
import { SliceDraft, SliceEvents, type SliceContent } from './slice-draft.ts';
import type { SinkStatus } from './status.ts';

/** Which events of a stream are meant. */
export interface ReplayRange {
  /** When they occurred. */
  readonly window: Window;
  readonly first: Position;
  readonly last: Position;
}

export interface Replaying {
  /** Undefined: nothing is sent, only counted. */
  readonly sink: Sink | undefined;
  readonly stream: StreamName;
  readonly range: ReplayRange;
  readonly store: Pick<EventStore, 'readWindow'>;
  readonly select: Selection | undefined;
  readonly encode: Encoder;
  readonly limits: SliceLimits;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: SinkStatus;
  /** Called behind every slice. */
  readonly onProgress: (replayed: Replayed) => void;
}

/** How far a replay of one stream is. */
export interface Replayed {
  /** Events of the range that were looked at. */
  readonly read: number;
  /** By the sink's filters. */
  readonly leftOut: number;
  /** Refused ones not counted. */
  readonly sent: number;
  readonly bytes: number;
  readonly refused: number;
  readonly lastReason: string | undefined;
  /** Everything up to here has been dealt with; 0 before the first slice. */
  readonly position: Position;
}

/**
 * Sends the events of the range to the sink once more, in order and through its filters. Its position
 * does not move, and what the receiver refuses is counted and not put into the quarantine. Failures
 * are retried until `signal` aborts; then it resolves with how far it came.
 */
export async function replay(replaying: Replaying, signal: AbortSignal): Promise<Replayed> {
  const run = new Replay(replaying);
  try {
    const { sink } = replaying;
    if (sink?.kind === 'staged')
      await run.through(new SliceBytes(), staged(replaying, sink), signal);
    else await run.through(new SliceEvents(), direct(replaying, sink), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return run.replayed;
}

type Send<S> = (slice: S, signal: AbortSignal) => Promise<readonly RejectedEvent[]>;

function staged(replaying: Replaying, sink: Extract<Sink, { kind: 'staged' }>): Send<StagedSlice> {
  return async (slice, signal) => {
    const intent = await persist(replaying, () => sink.stage(slice, signal), signal);
    await persist(replaying, () => sink.publish(intent), signal);
    return [];
  };
}

function direct(
  replaying: Replaying,
  sink: Extract<Sink, { kind: 'direct' }> | undefined,
): Send<Slice> {
  return async (slice, signal) => {
    if (sink === undefined) return [];
    return (await persist(replaying, () => sink.deliver(slice, signal), signal)).rejected;
  };
}

class Replay {
  readonly #replaying: Replaying;
  #read = 0;
  #leftOut = 0;
  replayed: Replayed = {
    read: 0,
    leftOut: 0,
    sent: 0,
    bytes: 0,
    refused: 0,
    lastReason: undefined,
    position: 0,
  };

  constructor(replaying: Replaying) {
    this.#replaying = replaying;
  }

  async through<C>(
    content: SliceContent<C>,
    send: Send<Omit<Slice, 'events'> & C>,
    signal: AbortSignal,
  ): Promise<void> {
    let draft: SliceDraft<C> | undefined;
    for await (const { position, event } of this.#selected(signal)) {
      const start = { after: position - 1, deliveredPosition: position - 1 };
      draft ??= new SliceDraft(this.#replaying.stream, this.#replaying.limits, content, start);
      draft.passTo(event ? position - 1 : position, 0);
      const complete = event && draft.add(event, 0);
      if (complete) await this.#deliver(complete, send, signal);
    }
    const rest = draft?.take();
    if (rest) await this.#deliver(rest, send, signal);
  }

  async #deliver<S extends Omit<Slice, 'events'>>(
    slice: S,
    send: Send<S>,
    signal: AbortSignal,
  ): Promise<void> {
    const { pace, onProgress } = this.#replaying;
    const hasLines = slice.eventCount > 0;
    if (hasLines) await pace.passed(slice.eventCount, signal);
    signal.throwIfAborted();
    const rejected = hasLines ? await send(slice, signal) : [];
    const { sent, bytes, refused, lastReason } = this.replayed;
    this.replayed = {
      read: this.#read,
      leftOut: this.#leftOut,
      sent: sent + slice.eventCount - rejected.length,
      bytes: bytes + slice.sizeBytes,
      refused: refused + rejected.length,
      lastReason: rejected.at(-1)?.reason ?? lastReason,
      position: slice.lastPosition,
    };
    onProgress(this.replayed);
  }

  /** The events of the range; without an event where the filters leave it out. */
  async *#selected(
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly position: Position; readonly event: EncodedEvent | undefined }> {
    const { store, stream, range, select, encode } = this.#replaying;
    const { window, first, last } = range;
    for await (const block of store.readWindow(stream, window, signal)) {
      for (const { position, json } of timedEvents(block)) {
        if (position < first) continue;
        if (position > last) return;
        this.#read += 1;
        const stored = parseStoredEvent(json);
        const event = select ? select(stored) : stored;
        if (!event) this.#leftOut += 1;
        yield { position, event: event && encodedEvent(event, position, encode) };
      }
    }
  }
}

/** How many events there are to look at, before any filter; as far as it came when `signal` aborts. */
export async function eventsInRange(
  { store, stream, range }: Pick<Replaying, 'store' | 'stream' | 'range'>,
  signal: AbortSignal,
): Promise<number> {
  let events = 0;
  for await (const { positions } of store.readWindow(stream, range.window)) {
    if (signal.aborted) break;
    for (const position of positions) {
      if (position >= range.first && position <= range.last) events += 1;
    }
  }
  return events;
}
