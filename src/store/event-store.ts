import type { Severity, StoredEvent } from '../core/event.ts';
import type { EventLines } from '../core/event-lines.ts';
import type { Position, StreamName } from '../core/stream.ts';
import type { TimedBlock } from '../core/timed-block.ts';
import type { Window } from '../core/window.ts';
import type { LeaseStore } from './lease-store.ts';

/**
 * The ordered log of events, one per stream. Implementations keep promises 1, 2, 3, 6 and 10 of
 * docs/SPEC.md and pass `test/contract/event-store.ts`. A stream comes into being with its first
 * append; reading one that does not exist reads an empty one.
 */
export interface EventStore extends AsyncDisposable {
  /** Who does what, where several nodes share the store. */
  readonly leases?: LeaseStore;

  /**
   * Adds events at the end of their stream, all or none. Durable before it resolves: survives
   * kill -9 and power loss. Appends that wait together share one commit. Rejects with `overloaded`
   * when too many bytes wait, with `disk_full` when nothing was written, with `store_unavailable`
   * when nothing was, or nobody can tell: who tries again looks at the checkpoint first.
   */
  append(append: Append, signal?: AbortSignal): Promise<Appended>;

  /**
   * Events after `after`, in order and without holes, up to the limits; at least one if there is one.
   * The page's bytes are the caller's, who may give their memory back.
   */
  readAfter(stream: StreamName, after: Position, limits: ReadLimits): Promise<Page>;

  /**
   * The events of a time window in position order, block by block. The next block is read when it is
   * asked for, and the bytes of the one before are gone by then: only one is in memory.
   */
  readWindow(stream: StreamName, window: Window, signal?: AbortSignal): AsyncIterable<TimedBlock>;

  /**
   * The events of a time window that stand before `before`, newest first: blocks from the newest to
   * the oldest, in each of which positions rise. What lies wholly outside the window is passed over
   * without being read. `limits` count what comes back; an implementation looks at a bounded number
   * of segments per call, so there may be no block although there is more behind `next`. A `before`
   * beyond the head begins at the head.
   */
  readBefore(
    stream: StreamName,
    before: Position,
    window: Window,
    limits: ReadLimits,
  ): Promise<PageBefore>;

  /**
   * Resolves with the head position once it is beyond `after`, or with the head as it is when
   * `timeoutMs` has passed or `signal` aborts. Sees appends of other processes on the same store
   * within a second.
   */
  waitBeyond(
    stream: StreamName,
    after: Position,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Position>;

  /** Undefined for a stream that never had an event. */
  streamInfo(stream: StreamName): Promise<StreamInfo | undefined>;
  streams(): Promise<readonly StreamInfo[]>;

  /** What a source's last committed append left behind. */
  checkpoint(source: string): Promise<string | undefined>;
  /** Durable before it resolves. */
  saveCheckpoint(source: string, value: string): Promise<void>;

  /** How far a sink has delivered a stream; position 0 without intent when it never did. */
  delivery(sink: string, stream: StreamName): Promise<Delivery>;
  /**
   * Durable before it resolves, and so are the `refused` events, in the same commit. One that is in
   * the sink's quarantine already stays one. Rejects with `quarantine_full`, and saves nothing, when
   * they would take the quarantine beyond `quarantineLimits`.
   */
  saveDelivery(
    sink: string,
    stream: StreamName,
    delivery: Delivery,
    refused?: readonly RefusedEvent[],
  ): Promise<void>;
  deliveries(): Promise<readonly SinkDelivery[]>;

  /** Events in the quarantine of a sink behind `after`, by stream (in code point order) and position. */
  quarantined(
    sink: string,
    after: QuarantinePlace | undefined,
    limit: number,
  ): Promise<readonly QuarantinedEvent[]>;
  /** What every quarantine holds, by sink and stream; nothing about those that are empty. */
  quarantines(): Promise<readonly Quarantine[]>;
  /** Durable before it resolves. Returns how many there were to remove. */
  removeQuarantined(
    sink: string,
    stream: StreamName,
    positions: readonly Position[],
  ): Promise<number>;

  /** Merges small neighbouring segments; readers never notice. Resolves when there is no more to do. */
  compact(signal?: AbortSignal): Promise<void>;
  /**
   * Drops whole segments in which every event occurred and was appended before `beforeMs`. Positions
   * are not reused; a reader that comes too late gets a gap. Returns how many events went.
   */
  trim(stream: StreamName, beforeMs: number): Promise<number>;
  /** Removes a stream and everything kept about it. Returns how many events went. */
  deleteStream(stream: StreamName): Promise<number>;
  /** Reads everything once and compares checksums. Rejects with `store_corrupt` naming what is damaged. */
  verify(signal?: AbortSignal): Promise<void>;
}

export interface Append {
  readonly stream: StreamName;
  /** The memory of `EventLines` is given away, whatever becomes of the append. */
  readonly events: readonly StoredEvent[] | EventLines;
  /** A batch with a key that was used before within 24 h is not stored again; its first answer comes back. */
  readonly idempotency?: Idempotency;
  /** Committed together with the events: a crash repeats a pull and never a stored event. */
  readonly checkpoint?: Checkpoint;
  /** Events whose id this stream has seen within the horizon are left out, repeats in the batch too. */
  readonly deduplication?: Deduplication;
}

export interface Idempotency {
  readonly key: string;
  /** Of the batch's content: the same key with other content rejects with `input_invalid`. */
  readonly digest: string;
}

export interface Checkpoint {
  readonly source: string;
  readonly value: string;
}

/** Only appends that carry one leave their ids behind for later ones. */
export interface Deduplication {
  /** Ids are forgotten after it, to the second. */
  readonly horizonMs: number;
}

export interface Appended {
  /** First and last position given out; `lastPosition` is `firstPosition - 1` when nothing was stored. */
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** How many events were left out because the stream had them. */
  readonly duplicates: number;
  /** True when the idempotency key was known and the answer is the first one's. */
  readonly repeated: boolean;
}

export interface ReadLimits {
  readonly events: number;
  /** Of stored JSON; the first event always comes, however large. */
  readonly bytes: number;
}

export interface Page {
  /** Consecutive blocks; empty when there is nothing after the asked position. */
  readonly blocks: readonly EventBlock[];
  readonly headPosition: Position;
  /** Positions after the asked one that retention has dropped. The blocks start behind them. */
  readonly lost: LostPositions | undefined;
}

export interface PageBefore {
  /** None of them is empty. */
  readonly blocks: readonly TimedBlock[];
  /**
   * `before` of the next read: every event of the window from here on has come or was passed over.
   * Undefined when nothing further back is retained, or nothing of the window.
   */
  readonly next: Position | undefined;
  readonly headPosition: Position;
}

export interface LostPositions {
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** Time of the oldest event that is still there, if any. */
  readonly untilMs: number | undefined;
}

/** Consecutive events as they are stored. */
export interface EventBlock {
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** One event's JSON per line, each line ended by LF; UTF-8; exactly the bytes that were appended. */
  readonly ndjson: Buffer;
}

export interface StreamInfo {
  readonly stream: StreamName;
  readonly headPosition: Position;
  /** headPosition + 1 when retention has dropped everything. */
  readonly firstRetainedPosition: Position;
  /** Earliest time in the oldest retained segment, epoch milliseconds; undefined when there is none. */
  readonly oldestEventMs: number | undefined;
  /** Latest time in the newest segment; older segments may hold later times. */
  readonly newestEventMs: number | undefined;
  readonly storedBytes: number;
}

export interface Delivery {
  readonly position: Position;
  /** What the sink needs to finish a delivery that a crash interrupted; opaque, owned by the sink. */
  readonly intent?: string;
}

/** An event that a receiver refused for good, as it was sent. */
export interface RefusedEvent {
  readonly position: Position;
  readonly id: string;
  readonly occurredAtMs: number;
  readonly type: string;
  readonly severity: Severity;
  readonly line: string;
  /** What the receiver said. */
  readonly reason: string;
  readonly refusedAtMs: number;
}

export interface QuarantinePlace {
  readonly stream: StreamName;
  readonly position: Position;
}

export interface QuarantinedEvent extends RefusedEvent {
  readonly sink: string;
  readonly stream: StreamName;
}

/** What the quarantine of one sink holds of one stream. */
export interface Quarantine {
  readonly sink: string;
  readonly stream: StreamName;
  readonly events: number;
  /** UTF-8 of the lines. */
  readonly bytes: number;
}

/** How much the quarantine of one sink holds, all its streams together. */
export const quarantineLimits = { events: 10_000, bytes: 16 * 1024 ** 2 } as const;

export interface SinkDelivery extends Delivery {
  readonly sink: string;
  readonly stream: StreamName;
}
