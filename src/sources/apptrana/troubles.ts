import type { Clock } from '../../core/clock.ts';
import { Backoff } from '../../lib/backoff.ts';
import type { Pace } from './pace.ts';

const backoffLimits = { firstMs: 1000, maxMs: 5 * 60_000 } as const;

interface Trouble {
  readonly backoff: Backoff;
  retryAtMs: number;
  /** What the next attempt may ask for, after a window that failed. */
  pace: Pace | undefined;
  /** Where the window began that failed last. */
  failedMs: number | undefined;
  /** The shortest window that failed, and since when it does. */
  stuck: { readonly fromMs: number; readonly sinceMs: number } | undefined;
}

/**
 * What failures taught, per track, until the track succeeds: with which pace to try next, and to let
 * the other tracks go first. It is no progress: without it the same is asked for, only less well.
 */
export class Troubles {
  readonly #clock: Clock;
  readonly #byTrack = new Map<string, Trouble>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  paceOf(track: string): Pace | undefined {
    return this.#byTrack.get(track)?.pace;
  }

  /** True while others should go first. */
  isWaiting(track: string): boolean {
    const trouble = this.#byTrack.get(track);
    return trouble !== undefined && this.#clock.monotonicMs() < trouble.retryAtMs;
  }

  /** The track failed; others go first for a while. */
  failed(track: string): void {
    const trouble = this.#troubleOf(track);
    trouble.retryAtMs = this.#clock.monotonicMs() + trouble.backoff.failed();
  }

  /** Notes that a window failed which begins at `fromMs`. True when the one before began there too. */
  failsAgain(track: string, fromMs: number): boolean {
    const trouble = this.#troubleOf(track);
    const again = trouble.failedMs === fromMs;
    trouble.failedMs = fromMs;
    return again;
  }

  /** The next attempt is to go at `pace`. */
  learn(track: string, pace: Pace): void {
    this.#troubleOf(track).pace = pace;
  }

  /** For how long the shortest window at `fromMs` has been failing, this time included. */
  stuckMs(track: string, fromMs: number): number {
    const trouble = this.#troubleOf(track);
    const nowMs = this.#clock.monotonicMs();
    if (trouble.stuck?.fromMs !== fromMs) trouble.stuck = { fromMs, sinceMs: nowMs };
    return nowMs - trouble.stuck.sinceMs;
  }

  succeeded(track: string): void {
    this.#byTrack.delete(track);
  }

  #troubleOf(track: string): Trouble {
    const known = this.#byTrack.get(track);
    if (known !== undefined) return known;
    const backoff = new Backoff(backoffLimits);
    const trouble = {
      backoff,
      retryAtMs: -Infinity,
      pace: undefined,
      failedMs: undefined,
      stuck: undefined,
    };
    this.#byTrack.set(track, trouble);
    return trouble;
  }
}
