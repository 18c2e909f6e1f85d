import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../../../../core/clock.ts';
import { errorMessage } from '../../../../core/errors.ts';
import type { StreamName } from '../../../../core/stream.ts';
import type { EventStore, StreamInfo } from '../../../../store/event-store.ts';
import type { EventView } from '../events/event-view.ts';
import { StreamTally } from './stream-tally.ts';

/** So many tallies are kept; one takes some kilobytes. The one that was asked for longest ago goes. */
const talliesMax = 2000;

export interface StreamTalliesParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the counting. */
  readonly closing: AbortSignal;
}

/**
 * Tallies of streams, counted in the background: whoever asks gets what there is so far, and starts
 * the counting of what is missing. The streams take turns, one small step at a time.
 */
export class StreamTallies {
  readonly #parts: StreamTalliesParts;
  /** In the order in which they were asked for last. */
  readonly #tallies = new Map<StreamName, StreamTally>();
  /** What is to be counted, up to which head. */
  readonly #wanted = new Map<StreamTally, StreamInfo>();
  #counting: Promise<void> | undefined;

  constructor(parts: StreamTalliesParts) {
    this.#parts = parts;
  }

  /**
   * The tally as it is now; what is missing is counted from now on. `incarnation` changes when a
   * tenant is deleted and another one gets its name.
   */
  tallyOf(view: EventView, info: StreamInfo, incarnation: string): StreamTally {
    const known = this.#tallies.get(info.stream);
    const tally =
      known?.fits(info, incarnation) === true
        ? known
        : new StreamTally(this.#parts, view, info, incarnation);
    if (known !== undefined && known !== tally) this.#wanted.delete(known);
    this.#tallies.delete(info.stream);
    this.#tallies.set(info.stream, tally);
    this.#forgetOldest();
    if (!tally.isComplete(info)) {
      this.#wanted.set(tally, info);
      this.#counting ??= this.#count();
    }
    return tally;
  }

  /** Resolves when nothing is counted any more. */
  async settled(): Promise<void> {
    await this.#counting;
  }

  async #count(): Promise<void> {
    const { closing, log } = this.#parts;
    while (this.#wanted.size > 0 && !closing.aborted) {
      for (const [tally, { headPosition }] of this.#wanted) {
        try {
          const goesOn = await tally.step(headPosition);
          const info = this.#wanted.get(tally);
          if (!goesOn || info === undefined || tally.isComplete(info)) this.#wanted.delete(tally);
        } catch (error) {
          this.#wanted.delete(tally); // whoever asks next starts it again
          if (closing.aborted) break;
          log.warn({ stream: tally.stream, reason: errorMessage(error) }, 'events not counted');
        }
        await setImmediate(); // requests go first
        if (closing.aborted) break;
      }
    }
    this.#wanted.clear();
    this.#counting = undefined;
  }

  #forgetOldest(): void {
    const [oldest] = this.#tallies;
    if (this.#tallies.size <= talliesMax || oldest === undefined) return;
    this.#tallies.delete(oldest[0]);
    this.#wanted.delete(oldest[1]);
  }
}
