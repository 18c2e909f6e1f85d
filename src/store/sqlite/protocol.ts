import type {
  Appended,
  Checkpoint,
  Delivery,
  EventBlock,
  Idempotency,
  Page,
  PageBefore,
  Quarantine,
  QuarantinedEvent,
  QuarantinePlace,
  ReadLimits,
  RefusedEvent,
  SinkDelivery,
  StreamInfo,
} from '../event-store.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { TimedBlock } from '../../core/timed-block.ts';
import type { Window } from '../../core/window.ts';
import type { DatabaseOptions } from './database.ts';

/** What the worker that writes can be asked for. Every answer comes after its commit. */
export type WriterCalls = {
  append: (append: EncodedAppend) => Appended;
  saveCheckpoint: (checkpoint: Checkpoint) => void;
  saveDelivery: (delivery: SinkDelivery & { readonly refused: readonly RefusedEvent[] }) => void;
  removeQuarantined: (of: {
    sink: string;
    stream: StreamName;
    positions: readonly Position[];
  }) => number;
  /** One merge; answers where to go on, or undefined when there is no more to do. */
  compactStep: (from: CompactionPlace | undefined) => CompactionPlace | undefined;
  /** Drops some segments. */
  trimStep: (trim: { stream: StreamName; beforeMs: number }) => { events: number; more: boolean };
  /** Takes the stream out of sight; `purgeStep` removes what it held. Answers its retained events. */
  dropStream: (stream: StreamName) => number;
  /** Removes some rows of dropped streams and some that expired before `nowMs`. True: more to do. */
  purgeStep: (nowMs: number) => boolean;
  /** Gives free pages back to the file system, all but `pagesLeft`. True: more to do. */
  vacuumStep: (pagesLeft: number) => boolean;
  close: () => void;
};

/** What the worker that reads can be asked for. */
export type ReaderCalls = {
  readAfter: (read: { stream: StreamName; after: Position; limits: ReadLimits }) => EncodedPage;
  /** First positions of the segments that may hold events of the window, in order. */
  windowSegments: (read: { stream: StreamName; window: Window }) => readonly Position[];
  /** Undefined when the position is not there any more. */
  windowBlock: (read: WindowBlockRead) => WindowBlock | undefined;
  readBefore: (read: BackwardRead) => EncodedPageBefore;
  streamInfo: (stream: StreamName) => StreamInfo | undefined;
  streams: () => readonly StreamInfo[];
  heads: (streams: readonly StreamName[]) => readonly Position[];
  checkpoint: (source: string) => string | undefined;
  delivery: (of: { sink: string; stream: StreamName }) => Delivery;
  deliveries: () => readonly SinkDelivery[];
  quarantined: (of: {
    sink: string;
    after: QuarantinePlace | undefined;
    limit: number;
  }) => readonly QuarantinedEvent[];
  quarantines: () => readonly Quarantine[];
  close: () => void;
};

/** What a worker that lives for one verification can be asked for. */
export type VerifierCalls = { verify: () => void; close: () => void };

export interface EncodedAppend {
  readonly stream: StreamName;
  readonly ndjson: Uint8Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
  readonly nowMs: number;
  readonly idempotency: Idempotency | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly deduplication: EncodedDeduplication | undefined;
}

export interface EncodedDeduplication {
  readonly horizonMs: number;
  /** One per line. */
  readonly ids: Uint8Array<ArrayBuffer>;
}

/** A page whose bytes have lost, between the threads, that they were a `Buffer`. */
export interface EncodedPage extends Omit<Page, 'blocks'> {
  readonly blocks: readonly (Omit<EventBlock, 'ndjson'> & { readonly ndjson: Uint8Array })[];
}

export interface CompactionPlace {
  readonly streamId: number;
  readonly firstPosition: Position;
}

export interface WindowBlockRead {
  readonly stream: StreamName;
  readonly window: Window;
  /** Events of the segment that holds this position, from this position on. */
  readonly position: Position;
}

/** Its numbers are in memory of their own. */
export interface WindowBlock extends Omit<TimedBlock, 'ndjson'> {
  readonly ndjson: Uint8Array;
  readonly positions: Float64Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
  /** Of the segment. */
  readonly lastPosition: Position;
}

export interface BackwardRead {
  readonly stream: StreamName;
  readonly before: Position;
  readonly window: Window;
  readonly limits: ReadLimits;
}

export interface EncodedPageBefore extends Omit<PageBefore, 'blocks'> {
  readonly blocks: readonly BlockBefore[];
}

/** Its numbers are in memory of their own. */
export type BlockBefore = Omit<WindowBlock, 'lastPosition'>;

export type Role = 'writer' | 'reader' | 'verifier';

export interface WorkerStart extends DatabaseOptions {
  readonly role: Role;
}

export interface Call {
  readonly id: number;
  readonly kind: string;
  readonly request: unknown;
  /** Of the events in it. */
  readonly sizeBytes: number;
}

/** A worker's first answer has id 0 and says whether it could start. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string } };

export function toAnswer(id: number, { code, message }: AppError): Answer {
  return { id, error: { code, message } };
}

type AnyCalls = Readonly<Record<string, (request: never) => unknown>>;

/** The request is what `kind` takes: both ends are typed by the same `…Calls`. */
export function callHandler(handlers: AnyCalls, { kind, request }: Call): unknown {
  const handler = handlers[kind];
  if (!handler) throw new AppError('internal', `the store's worker does not know '${kind}'`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return handler(request as never);
}
