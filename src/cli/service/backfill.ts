import { remainingMs } from '../../sources/apptrana/progress.ts';
import type { ProgressSample } from '../../sources/apptrana/progress.ts';
import type { SourcePage } from '../../sources/source.ts';

/** How far a source is that has much to catch up with. */
export interface Backfill {
  /** How much is pulled of the time since the source began; from 0 to 1. */
  readonly share: number;
  /** How much time there is still to pull. */
  readonly behindMs: number;
  /** Until everything is pulled, at the speed of the last minute. Undefined: nobody can say. */
  readonly remainingMs?: number | undefined;
}

/** A backfill begins when a source is so far behind, and is over when it is no further than that. */
const beginsAtMs = 15 * 60_000;
const endsAtMs = 60_000;
/** The speed is that of so long. */
const speedMs = 60_000;
const sampleEveryMs = 1000;
/** A shorter time says nothing about the speed. */
const speedMsMin = 2000;

/**
 * Watches the pages of a source that pulls by time, and tells how far it is behind. The estimate is
 * honest: a source that is stopped or slowed down by failures takes longer from that moment on.
 */
export class BackfillGauge {
  readonly #beginsAtMs: number;
  #samples: readonly ProgressSample[] = [];
  #isBackfilling = false;

  /** A source may fall behind by `pollMs` and more without anything to catch up with. */
  constructor(pollMs: number) {
    this.#beginsAtMs = Math.max(beginsAtMs, 2 * pollMs);
  }

  /** Notes a page that came at `atMs`, on a clock that only goes forward. */
  note({ progress, caughtUp }: Pick<SourcePage, 'progress' | 'caughtUp'>, atMs: number): void {
    if (progress === undefined) return;
    const behindMs = progress.untilMs - progress.doneUntilMs;
    const limitMs = this.#isBackfilling ? endsAtMs : this.#beginsAtMs;
    this.#isBackfilling = !caughtUp && behindMs >= limitMs;
    const sample = { ...progress, atMs };
    // A source that found out that it begins elsewhere has leapt, and will not do so again.
    const recent = this.#samples.filter(
      (earlier) => earlier.atMs >= atMs - speedMs && earlier.fromMs === progress.fromMs,
    );
    const previous = recent.at(-2);
    // The newest one always; of those before it one a second.
    const isSoon = previous !== undefined && atMs - previous.atMs < sampleEveryMs;
    this.#samples = [...(isSoon ? recent.slice(0, -1) : recent), sample];
  }

  /** How much time there is to pull at `nowMs`; undefined for a source that does not pull by time. */
  behindMs(nowMs: number): number | undefined {
    const last = this.#lastAt(nowMs);
    return last && last.untilMs - last.doneUntilMs;
  }

  /** Undefined while there is nothing to catch up with. */
  at(nowMs: number): Backfill | undefined {
    const last = this.#lastAt(nowMs);
    if (last === undefined || !this.#isBackfilling) return undefined;
    const { fromMs, doneUntilMs, untilMs } = last;
    const share = (doneUntilMs - fromMs) / (untilMs - fromMs);
    return { share, behindMs: untilMs - doneUntilMs, remainingMs: this.#remainingMs(last) };
  }

  #remainingMs(last: ProgressSample): number | undefined {
    const first = this.#samples.find(({ atMs }) => atMs >= last.atMs - speedMs);
    if (first === undefined || last.atMs - first.atMs < speedMsMin) return undefined;
    return remainingMs(first, last);
  }

  /** The last sample as it is at `nowMs`: nothing more was pulled, and time has passed. */
  #lastAt(nowMs: number): ProgressSample | undefined {
    const last = this.#samples.at(-1);
    return last && { ...last, atMs: nowMs, untilMs: last.untilMs + (nowMs - last.atMs) };
  }
}
