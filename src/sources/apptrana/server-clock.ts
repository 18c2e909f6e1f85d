import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';

/** `Date` has whole seconds: the answer was dated at most this much later than it says. */
const dateResolutionMs = 999;
/** From here on somebody should set a clock. */
const worrisomeMs = 30_000;
/** A `Date` further off is not believed: windows must not run into the future. */
const believableMs = 86_400_000;
/**
 * So many answers in a row must say that it is later than we take it to be: a service has many
 * servers, and the clock of one of them may be ahead.
 */
export const laterAnswersMin = 16;

/**
 * The service's time, learned from the `Date` of its answers. Attacks carry its time, so windows
 * must settle by it: by a clock of ours that is ahead they would be closed too early.
 */
export class ServerClock {
  readonly #clock: Clock;
  readonly #log: Logger;
  /**
   * From monotonic time to the service's. Not from our own time: when our clock is set, the service's
   * does not move. Undefined as long as our own is all there is.
   */
  #offsetMs: number | undefined;
  /** The earliest offset that each of the last answers allows, while all of them say that it is later. */
  #laterMs: number[] = [];
  /** From monotonic time to our own, when the service was last heard. */
  #ourOffsetMs: number | undefined;
  #reportedMs = 0;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whole milliseconds, which monotonic time does not come in. */
  nowMs(): number {
    if (this.#offsetMs === undefined) return this.#clock.nowMs();
    return Math.floor(this.#clock.monotonicMs() + this.#offsetMs);
  }

  /** The service's time at a moment of ours, as far as the clocks differed then as they do now. */
  timeAt(ourMs: number): number {
    return ourMs + this.nowMs() - this.#clock.nowMs();
  }

  /** `sentMs`: monotonic time when the request was sent. */
  learn(date: string | null, sentMs: number): void {
    const dateMs = Date.parse(date ?? '');
    if (Number.isNaN(dateMs)) return;
    const [ourMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    this.#forgetAfterPause(ourMs - monotonicMs);
    // The answer was dated between asking and now.
    const leastMs = dateMs - monotonicMs;
    const mostMs = dateMs + dateResolutionMs - sentMs;
    const offsetMs = this.#earliestOffset(leastMs, mostMs, ourMs - monotonicMs);
    const differenceMs = monotonicMs + offsetMs - ourMs;
    const isBelievable = Math.abs(differenceMs) <= believableMs;
    this.#offsetMs = isBelievable ? offsetMs : undefined;
    this.#report(differenceMs, isBelievable);
  }

  /**
   * While a machine is suspended its monotonic time stands still, and what was known by it is too
   * early. From here that looks as when somebody sets our clock forward: either way this answer tells.
   */
  #forgetAfterPause(ourOffsetMs: number): void {
    const forwardMs = ourOffsetMs - (this.#ourOffsetMs ?? ourOffsetMs);
    this.#ourOffsetMs = ourOffsetMs;
    if (forwardMs > worrisomeMs) this.#offsetMs = undefined;
  }

  /**
   * What is known already stays unless an answer contradicts it, and gives way to the earliest time
   * that fits: windows never close too early. Hence an earlier time counts at once, and a later one
   * when nobody says otherwise any more.
   */
  #earliestOffset(leastMs: number, mostMs: number, ourOffsetMs: number): number {
    const knownMs = this.#offsetMs ?? ourOffsetMs;
    if (this.#offsetMs === undefined || leastMs <= knownMs) {
      this.#laterMs = [];
      return leastMs <= knownMs && knownMs <= mostMs ? knownMs : leastMs;
    }
    this.#laterMs.push(leastMs);
    if (this.#laterMs.length < laterAnswersMin) return knownMs;
    const earliestMs = Math.min(...this.#laterMs);
    this.#laterMs = [];
    return earliestMs;
  }

  /** Once for every difference that is new. */
  #report(differenceMs: number, isBelievable: boolean): void {
    if (Math.abs(differenceMs) < worrisomeMs) {
      this.#reportedMs = 0;
      return;
    }
    if (Math.abs(differenceMs - this.#reportedMs) < worrisomeMs) return;
    this.#reportedMs = differenceMs;
    const seconds = Math.round(Math.abs(differenceMs) / 1000);
    const side = differenceMs > 0 ? 'behind' : 'ahead of';
    const measure = isBelievable
      ? "windows follow the service's clock"
      : 'which is not believed; windows follow our own clock';
    this.#log.warn({ differenceMs }, `our clock is ${seconds} s ${side} the service's; ${measure}`);
  }
}
