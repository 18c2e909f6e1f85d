import type { Logger } from 'pino';
import type { Clock } from '../../../core/clock.ts';
import type { EventStore } from '../../../store/event-store.ts';
import { Turnstile } from '../../limits/turnstile.ts';
import type { ServeOptions } from '../../options.ts';
import { ProcessGauge } from './operator/process-gauge.ts';
import { StreamTallies } from './overview/stream-tallies.ts';

const searchesAtOnce = 3;
const tailsAtOnce = 3;
const searchesWaiting = 100;
const downloadsAtOnce = 8;
const downloadsOfOne = 2;

/** What requests of the console share. */
export interface ConsoleResources {
  /** Searches take their turns, so that they leave the machine to the pulls. */
  readonly searches: Turnstile;
  /** Live tails take turns of their own: one event wakes all of them, mostly those of one stream. */
  readonly tails: Turnstile;
  readonly downloads: Places;
  readonly tallies: StreamTallies;
  readonly gauge: ProcessGauge;
}

export interface ConsoleResourcesParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly closing: AbortSignal;
  readonly options: Pick<ServeOptions, 'limits'>;
}

export function createConsoleResources(parts: ConsoleResourcesParts): ConsoleResources {
  const { longPolls } = parts.options.limits;
  return {
    searches: new Turnstile(searchesAtOnce, searchesWaiting),
    // With a place for every one that can be woken, whoever looks at which stream.
    tails: new Turnstile(tailsAtOnce, Math.max(searchesWaiting, longPolls), 1),
    downloads: new Places(downloadsAtOnce, downloadsOfOne),
    tallies: new StreamTallies(parts),
    gauge: new ProcessGauge(parts.clock),
  };
}

/** So many at one time, of one holder fewer, and nobody waits. */
export class Places {
  readonly #ofOneMax: number;
  readonly #taken = new Map<string, number>();
  #left: number;

  constructor(count: number, ofOneMax: number) {
    this.#left = count;
    this.#ofOneMax = ofOneMax;
  }

  /** False when all are taken, or all that `holder` may have. */
  take(holder: string): boolean {
    const taken = this.#taken.get(holder) ?? 0;
    if (this.#left === 0 || taken >= this.#ofOneMax) return false;
    this.#left -= 1;
    this.#taken.set(holder, taken + 1);
    return true;
  }

  giveBack(holder: string): void {
    this.#left += 1;
    const left = (this.#taken.get(holder) ?? 1) - 1;
    if (left === 0) this.#taken.delete(holder);
    else this.#taken.set(holder, left);
  }
}
