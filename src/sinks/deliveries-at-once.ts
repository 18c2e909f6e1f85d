import { unlessAborted } from '../lib/unless-aborted.ts';
import type { DirectSink } from './sink.ts';

/** Slices that one sink sends at one time, each over a connection of its own, unless it wants fewer. */
const deliveriesAtOnce = 64;

/**
 * As `sink`, but slices beyond the limit wait for their turn: without it, a receiver that comes back
 * after a day would get a connection for every stream at once.
 */
export function limitDeliveries(
  sink: DirectSink,
  atOnce = sink.deliveriesAtOnceMax ?? deliveriesAtOnce,
): DirectSink {
  const turns = new Turns(atOnce);
  return {
    kind: 'direct',
    name: sink.name,
    async deliver(slice, signal) {
      await turns.take(signal);
      try {
        return await sink.deliver(slice, signal);
      } finally {
        turns.giveBack();
      }
    },
    probe: (test, signal) => sink.probe(test, signal),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

/** Turns are given in the order of asking; who waits is as many as there are streams. */
class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(turns: number) {
    this.#free = turns;
  }

  /** Rejects with the reason of `signal`. */
  async take(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await unlessAborted(promise, signal);
    } catch (error) {
      // The turn may have come in the same moment.
      if (!this.#waiting.delete(resolve)) this.giveBack();
      throw error;
    }
  }

  giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
