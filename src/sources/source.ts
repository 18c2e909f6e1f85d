import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { EventLines } from '../core/event-lines.ts';
import type { Gap } from '../core/gap.ts';
import type { SecretReader } from '../core/secret.ts';
import type { StreamName } from '../core/stream.ts';
import type { Fetch } from '../lib/http-client.ts';

/**
 * Where events are pulled from. Keeps no progress of its own: the same checkpoint yields the same
 * events or a superset of them, in the order in which they are to be stored.
 */
export interface Source {
  /** Unique in the configuration; the key of its checkpoint. */
  readonly name: string;
  readonly stream: StreamName;
  /**
   * True when the next page may be pulled while the last one is being stored. That tells the source
   * nothing it takes for good: after a crash it is asked from the checkpoint before once more. And
   * its pages are so small that two of them fit into memory.
   */
  readonly mayPullAhead?: boolean;
  /**
   * One page. Rejects with `source_unavailable`, `source_refused` or `source_misbehaved`; the caller
   * retries. The error's `retryAfterMs` says how long the source asked to be left alone.
   */
  pull(checkpoint: string | undefined, signal: AbortSignal): Promise<SourcePage>;
}

export interface SourcePage {
  /** Their memory goes with the page. */
  readonly events: EventLines;
  /** Opaque; what the next pull is to be given. Undefined leaves the stored one as it is. */
  readonly checkpoint: string | undefined;
  /** True when the source had nothing more at that moment: poll again after the interval. */
  readonly caughtUp: boolean;
  /** Events that this source can no longer deliver; stored before the page's events. */
  readonly gap?: Gap;
  /** True when the page may hold events that are stored already. */
  readonly mayRepeat: boolean;
  /** True when the source went back to its oldest event with this page. */
  readonly startsAgain?: boolean;
  /** Of the newest event that was pulled before the source went back, if it ever pulled one. */
  readonly heldMs?: number;
  /**
   * True when events come in any order of time, so that only comparing each of them with what the
   * stream holds now tells which are new.
   */
  readonly inAnyOrder?: boolean;
  /** True when it asked again for what it pulled before: what is new on this page came late. */
  readonly isSweep?: boolean;
  /** How far a source has come that pulls by time; undefined for others. */
  readonly progress?: PullProgress;
}

/** Of the time that a source has to pull, `[fromMs, doneUntilMs)` is done and the rest to come. */
export interface PullProgress {
  readonly fromMs: number;
  readonly doneUntilMs: number;
  /** Up to where there was something to pull at that moment; moves on with time. */
  readonly untilMs: number;
}

/** What every source is made with. */
export interface SourceContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly readSecret: SecretReader;
  /** Sends requests in place of the machine's network. */
  readonly fetch?: Fetch;
}
