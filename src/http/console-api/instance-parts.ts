import type { ErrorCode } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';

/** What only the composition root knows about the process, its sources and its sinks. */
export interface InstanceParts {
  readonly startedAtMs: number;
  /** As they are now; a reload of the configuration replaces them. */
  workers(): WorkerReports;
  /** How long events and the audit trail are kept. */
  retention(): { readonly eventsMs: number; readonly auditMs: number };
  /** In the data directory's file system; undefined when that cannot be told. */
  freeBytes(): Promise<number | undefined>;
}

export interface WorkerReports {
  readonly sources: readonly SourceReport[];
  readonly sinks: readonly SinkReport[];
}

interface WorkerReport {
  readonly name: string;
  readonly stream: StreamName;
  readonly state: 'starting' | 'running' | 'waiting' | 'retrying' | 'stopped';
  readonly lastSuccessMs: number | undefined;
  readonly lastError:
    { readonly code: ErrorCode; readonly message: string; readonly atMs: number } | undefined;
  /** Only while `retrying`. */
  readonly nextTryMs: number | undefined;
}

export interface SourceReport extends WorkerReport {
  readonly caughtUp: boolean;
  /** How much time there is still to pull; undefined when nobody knows. */
  readonly behindMs: number | undefined;
}

export interface SinkReport extends WorkerReport {
  /** Of the last event delivered. */
  readonly position: Position;
  /** Only while `retrying`: the error will not pass by itself. */
  readonly needsOperator: boolean;
}
