import type { Logger } from 'pino';
import type { Clock } from '../../../core/clock.ts';
import type { EventStore } from '../../../store/event-store.ts';
import { Turnstile } from '../../limits/turnstile.ts';
import { ProcessGauge } from './operator/process-gauge.ts';
import { StreamTallies } from './overview/stream-tallies.ts';

const searchesAtOnce = 3;
const searchesWaiting = 100;
const downloadsAtOnce = 4;

/** What requests of the console share. */
export interface ConsoleResources {
  /** Searches take their turns, so that they leave the machine to the pulls. */
  readonly searches: Turnstile;
  readonly downloads: Places;
  readonly tallies: StreamTallies;
  readonly gauge: ProcessGauge;
}

export interface ConsoleResourcesParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly closing: AbortSignal;
}

export function createConsoleResources(parts: ConsoleResourcesParts): ConsoleResources {
  return {
    searches: new Turnstile(searchesAtOnce, searchesWaiting),
    downloads: new Places(downloadsAtOnce),
    tallies: new StreamTallies(parts),
    gauge: new ProcessGauge(parts.clock),
  };
}

/** So many at one time, and nobody waits. */
export class Places {
  #left: number;

  constructor(count: number) {
    this.#left = count;
  }

  /** False when all are taken. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  giveBack(): void {
    this.#left += 1;
  }
}
