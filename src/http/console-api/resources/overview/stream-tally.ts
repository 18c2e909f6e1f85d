import type { Clock } from '../../../../core/clock.ts';
import type { Position, StreamName } from '../../../../core/stream.ts';
import { timedLines } from '../../../../core/timed-block.ts';
import type { EventStore, StreamInfo } from '../../../../store/event-store.ts';
import type { EventView } from '../events/event-view.ts';
import { EventTally } from './event-tally.ts';
import { hourMs, hourOf, hoursShown } from './hour-counts.ts';

/** One step takes a few milliseconds of the main thread. */
const stepLimits = { events: 1500, bytes: 512 * 1024 };
const lineFeed = 0x0a;
const timeMsBound = 2 ** 52;

/**
 * The tally of one stream. It begins at the head of the stream as that was, counts towards the past
 * until it has seven days, and towards the future as events come.
 *
 *   | older: nobody looks | `#before` … counted … `#after` | newer: counted next |
 */
export class StreamTally {
  readonly stream: StreamName;
  readonly #incarnation: string;
  readonly #store: EventStore;
  readonly #clock: Clock;
  readonly #tally: EventTally;
  /** Everything from here on was counted, up to `#after`. Undefined: nothing older is to be counted. */
  #before: Position | undefined;
  #after: Position;
  readonly #sinceMs: number;
  #reachedMs: number | undefined;

  constructor(
    { store, clock }: { readonly store: EventStore; readonly clock: Clock },
    view: EventView,
    { stream, headPosition }: Pick<StreamInfo, 'stream' | 'headPosition'>,
    incarnation: string,
  ) {
    this.stream = stream;
    this.#incarnation = incarnation;
    this.#store = store;
    this.#clock = clock;
    this.#tally = new EventTally(view);
    this.#before = headPosition + 1;
    this.#after = headPosition;
    this.#sinceMs = (hourOf(clock.nowMs()) - hoursShown + 1) * hourMs;
  }

  get tally(): EventTally {
    return this.#tally;
  }

  /**
   * Whether this can be a tally of the stream as it is: one that was deleted begins anew, and
   * whoever has its name afterwards may have more events than it had.
   */
  fits({ headPosition }: StreamInfo, incarnation: string): boolean {
    return incarnation === this.#incarnation && headPosition >= this.#after;
  }

  isComplete({ headPosition }: StreamInfo): boolean {
    return this.#before === undefined && this.#after >= headPosition;
  }

  /**
   * 0–1. Looking back by the time that is looked back over, since nobody knows how many events it
   * holds. What comes meanwhile counts as counted when the next step takes it.
   */
  countedShare(info: StreamInfo): number {
    const behind = info.headPosition - this.#after;
    if (this.#before === undefined && behind <= stepLimits.events) return 1;
    const held = Math.max(1, info.headPosition - info.firstRetainedPosition + 1);
    return Math.min(0.99, this.#shareBack(info) * Math.max(0, 1 - behind / held));
  }

  /** Counts a little more, newest events first. False when there is nothing more to count. */
  async step(headPosition: Position): Promise<boolean> {
    if (this.#after < headPosition) return this.#stepForward();
    if (this.#before === undefined) return false;
    await this.#stepBack(this.#before);
    return true;
  }

  /** False when the stream has been deleted meanwhile. */
  async #stepForward(): Promise<boolean> {
    const from = this.#after;
    const page = await this.#store.readAfter(this.stream, this.#after, stepLimits);
    const nowHour = this.#nowHour();
    this.#tally.counts.prune(nowHour);
    this.#after = Math.max(this.#after, page.lost?.lastPosition ?? 0);
    for (const { firstPosition, lastPosition, ndjson } of page.blocks) {
      let start = 0;
      for (let position = firstPosition; position <= lastPosition; position += 1) {
        const end = ndjson.indexOf(lineFeed, start);
        this.#tally.add(ndjson, start, end, position, nowHour);
        start = end + 1;
      }
      this.#after = lastPosition;
    }
    return this.#after > from;
  }

  async #stepBack(before: Position): Promise<void> {
    const window = { fromMs: this.#sinceMs, untilMs: timeMsBound };
    const page = await this.#store.readBefore(this.stream, before, window, stepLimits);
    const nowHour = this.#nowHour();
    for (const block of page.blocks) {
      for (const { position, start, end } of timedLines(block)) {
        this.#tally.add(block.ndjson, start, end, position, nowHour);
      }
      this.#reachedMs = block.timesMs[0];
    }
    this.#before = page.next;
  }

  #shareBack({ oldestEventMs, newestEventMs }: StreamInfo): number {
    if (this.#before === undefined) return 1;
    const endMs = Math.max(this.#sinceMs, oldestEventMs ?? this.#sinceMs);
    const startMs = Math.max(endMs, newestEventMs ?? endMs);
    if (this.#reachedMs === undefined || startMs === endMs) return 0;
    return Math.min(1, Math.max(0, (startMs - this.#reachedMs) / (startMs - endMs)));
  }

  #nowHour(): number {
    return hourOf(this.#clock.nowMs());
  }
}
