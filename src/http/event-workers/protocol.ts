import type { ErrorCode } from '../../core/errors.ts';
import type { EncoderOptions } from '../../encode/encoder.ts';
import type { AppTranaFeedOptions } from '../../feeds/apptrana.ts';
import type { EventBlock } from '../../store/event-store.ts';
import type { BatchLimits } from '../ingest/event-texts.ts';

/** What a worker can be asked for. Memory goes there and comes back without being copied. */
export type EventWorkerCalls = {
  /** As `readBatch`, and the body's digest if that is asked for. */
  readBatch: (order: BatchOrder) => BatchResult;
  /** As `writePage`. */
  writePage: (order: PageOrder) => Uint8Array<ArrayBuffer>;
};

export interface BatchOrder {
  readonly feed: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly recorded: 'all' | readonly string[];
  readonly limits: BatchLimits;
  readonly withDigest: boolean;
}

export interface BatchResult {
  /** One per line: a thousand strings take longer on the way than a single one. */
  readonly ids: string;
  readonly occurredAtMs: readonly number[];
  readonly ndjson: Uint8Array<ArrayBuffer>;
  readonly skipped: number;
  readonly digest: string | undefined;
}

export interface PageOrder {
  readonly feed: string;
  readonly encoding: EncoderOptions;
  readonly layout: 'envelope' | 'lines';
  /** On the way their bytes lose that they were a `Buffer`. */
  readonly blocks: readonly (Omit<EventBlock, 'ndjson'> & { readonly ndjson: Uint8Array })[];
}

/** What a worker is started with. */
export type EventWorkerStart = Required<AppTranaFeedOptions>;

export interface Call {
  readonly id: number;
  readonly kind: keyof EventWorkerCalls;
  readonly order: unknown;
}

/** A worker's first answer has id 0: it has started. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WorkerError };

export interface WorkerError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where a defect is. */
  readonly stack: string | undefined;
}
