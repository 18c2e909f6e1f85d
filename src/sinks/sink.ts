import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { Severity } from '../core/event.ts';
import type { SecretReader } from '../core/secret.ts';
import type { Position, StreamName } from '../core/stream.ts';
import type { Fetch } from '../lib/http-client.ts';

/** Where events are delivered. The pipeline keeps the position; a sink keeps none. */
export type Sink = DirectSink | StagedSink;

/** A receiver that takes events over a wire: at least once, each with its identity (promise 5). */
export interface DirectSink extends AsyncDisposable {
  readonly kind: 'direct';
  readonly name: string;
  /** So many calls of `deliver` at one time at most, where receivers allow few connections. */
  readonly deliveriesAtOnceMax?: number;
  /**
   * Sends the lines of the slice in order, once each, and resolves when the receiver has every one of
   * them for good but those it refused for good. The pipeline repeats what rejects, and a sink never
   * does so itself. Rejects with
   * - `sink_unavailable` when the same slice may be taken later, with `retryAfterMs` if the receiver
   *   said when: the same slice comes again, of which a sink may know that a part was taken;
   * - `sink_refused` when an operator must do something first, such as for a token or an index;
   * - the reason of `signal` when that aborts, promptly.
   */
  deliver(slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome>;
  /**
   * As `deliver` for `tailrace check --connect`: one event that is marked as a test. A person reads
   * the message of what it rejects with, so it says in plain words what is wrong.
   */
  probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome>;
}

/** What became of a slice that the receiver has dealt with for good. */
export interface DeliveryOutcome {
  /** Events that it will never take as they are. They go to the quarantine; the rest flows on. */
  readonly rejected: readonly RejectedEvent[];
}

export interface RejectedEvent {
  readonly position: Position;
  /** What the receiver said, in one line; at most some hundred characters of it are kept. */
  readonly reason: string;
}

/** The outcome of a slice that was taken as a whole. */
export const allTaken: DeliveryOutcome = { rejected: [] };

/**
 * A receiver that can be given events in two steps, which makes it exactly once (promise 4): `stage`
 * puts everything in place invisibly, the pipeline commits the intent with the position, `publish`
 * makes it visible.
 */
export interface StagedSink extends AsyncDisposable {
  readonly kind: 'staged';
  readonly name: string;
  /**
   * Called once per stream before anything else, with the intent that the last run committed, if it
   * did. Finishes that delivery if it was interrupted, and discards whatever else was staged.
   * Resolves with the last position that was published, 0 for none: the first slice begins behind it.
   */
  recover(stream: StreamName, intent: string | undefined): Promise<Position>;
  /** Durable but invisible when it resolves with the intent. */
  stage(slice: StagedSlice, signal: AbortSignal): Promise<string>;
  /** Durable and visible when it resolves. The intent is the one `stage` gave. */
  publish(intent: string): Promise<void>;
  /** Publishes one event that is marked as a test, beside and apart from what is delivered. */
  probe(test: StagedSlice, signal: AbortSignal): Promise<void>;
}

/**
 * Consecutive positions of one stream that are delivered together. Slices join without holes:
 * positions between the first and the last that have neither a line nor a gap were left out by the
 * sink's filters.
 */
interface SliceSummary {
  readonly stream: StreamName;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** Lines that are events. Each gap is one line more. */
  readonly eventCount: number;
  /** Positions that could no longer be had; one line says so for each range. */
  readonly gaps: readonly (readonly [firstPosition: Position, lastPosition: Position])[];
  /** Of all lines in UTF-8, each with one byte for its newline. */
  readonly sizeBytes: number;
  /** Time of the last event, epoch milliseconds; undefined when there are only gaps. */
  readonly newestEventMs: number | undefined;
}

/** Events encoded as this sink's configuration says, one by one. */
export interface Slice extends SliceSummary {
  readonly events: readonly EncodedEvent[];
}

/**
 * The same as bytes: whole lines, each ended by LF. Strings that live until a slice is delivered cost
 * several times their size in memory; bytes do not. Their memory is given back behind `publish`.
 */
export interface StagedSlice extends SliceSummary {
  readonly chunks: readonly Uint8Array[];
}

export interface EncodedEvent {
  readonly position: Position;
  /** Unique in the stream, and the same whenever the event is sent: what a receiver drops repeats by. */
  readonly id: string;
  readonly occurredAtMs: number;
  /** In the vendor's words. */
  readonly type: string;
  readonly severity: Severity;
  /** Without its newline; never empty, and free of line breaks. */
  readonly line: string;
  /** Set on the line that says that events are missing: the positions it stands for, up to `position`. */
  readonly gap?: { readonly firstPosition: Position };
}

/** How a slice is cut; each sink's options give its own values. */
export interface SliceLimits {
  readonly events: number;
  readonly sizeBytes: number;
  /** How long a slice that is not full waits for more events. */
  readonly lingerMs: number;
  /** A slice smaller than this waits longer, for receivers that ignore small ones. */
  readonly small?: { readonly belowBytes: number; readonly lingerMs: number };
}

/** What every sink is made with. */
export interface SinkContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly readSecret: SecretReader;
  /** Sends requests in place of the machine's network. */
  readonly fetch?: Fetch;
}
