import type { ErrorCode } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';

/** What a worker is doing: `waiting` for new events, `retrying` after an error, `stopped` for good. */
export type WorkerState = 'starting' | 'running' | 'waiting' | 'retrying' | 'stopped';

interface WorkerStatus {
  readonly name: string;
  readonly stream: StreamName;
  state: WorkerState;
  /** True while another node does this work, or nobody does yet. */
  isStandby?: boolean;
  lastSuccessMs: number | undefined;
  lastError: WorkerError | undefined;
  /** When it will try again; only while `retrying`. */
  nextTryMs: number | undefined;
  retries: number;
}

export interface WorkerError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly atMs: number;
}

/** How one source is doing since this process started; the worker writes, everyone else reads. */
export interface SourceStatus extends WorkerStatus {
  readonly kind: 'source';
  eventsPulled: number;
  eventsStored: number;
  duplicates: number;
  /** Events stored that a sweep found: the source had them later than it should. */
  late: number;
  gaps: number;
  /** Of the newest event pulled. */
  newestEventMs: number | undefined;
  caughtUp: boolean;
}

/** How one sink is doing with one stream since this process started. */
export interface SinkStatus extends WorkerStatus {
  readonly kind: 'sink';
  /** Only while `retrying`: the error will not pass by itself. */
  needsOperator: boolean;
  position: Position;
  headPosition: Position;
  eventsDelivered: number;
  /** By the sink's filters. */
  eventsLeftOut: number;
  /** Refused by the receiver for good, and put into the quarantine. */
  eventsQuarantined: number;
  bytesDelivered: number;
  gaps: number;
  /** Of the last event delivered. */
  newestEventMs: number | undefined;
}

export function newSourceStatus(name: string, stream: StreamName): SourceStatus {
  return {
    ...newWorkerStatus(name, stream),
    kind: 'source',
    eventsPulled: 0,
    eventsStored: 0,
    duplicates: 0,
    late: 0,
    gaps: 0,
    newestEventMs: undefined,
    caughtUp: false,
  };
}

export function newSinkStatus(name: string, stream: StreamName): SinkStatus {
  return {
    ...newWorkerStatus(name, stream),
    kind: 'sink',
    position: 0,
    headPosition: 0,
    eventsDelivered: 0,
    eventsLeftOut: 0,
    eventsQuarantined: 0,
    needsOperator: false,
    bytesDelivered: 0,
    gaps: 0,
    newestEventMs: undefined,
  };
}

function newWorkerStatus(name: string, stream: StreamName): WorkerStatus {
  return {
    name,
    stream,
    state: 'starting',
    lastSuccessMs: undefined,
    lastError: undefined,
    nextTryMs: undefined,
    retries: 0,
  };
}
