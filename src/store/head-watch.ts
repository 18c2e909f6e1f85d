import type { Clock } from '../core/clock.ts';
import type { Position, StreamName } from '../core/stream.ts';

/** How often the file is asked for what other processes have appended; only while someone waits. */
const pollMs = 500;

interface Waiter {
  readonly stream: StreamName;
  readonly after: Position;
  readonly wake: (head: Position) => void;
}

export interface HeadWatchOptions {
  readonly clock: Clock;
  /** The heads of these streams, as the store has them now. */
  readonly readHeads: (streams: readonly StreamName[]) => Promise<readonly Position[]>;
}

/** Wakes those who wait for a stream to grow. */
export class HeadWatch {
  readonly #options: HeadWatchOptions;
  readonly #waiters = new Set<Waiter>();
  readonly #stop = new AbortController();
  #isPolling = false;

  constructor(options: HeadWatchOptions) {
    this.#options = options;
  }

  /** As `EventStore.waitBeyond`. */
  async waitBeyond(
    stream: StreamName,
    after: Position,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Position> {
    const woken = Promise.withResolvers<Position>();
    const waiter = { stream, after, wake: woken.resolve };
    const settled = new AbortController();
    // From before the first look: an append in between wakes it.
    this.#waiters.add(waiter);
    try {
      const head = await this.#head(stream);
      if (head > after || timeoutMs <= 0 || signal?.aborted) return head;
      this.#poll();
      const ends = [settled.signal, this.#stop.signal, ...(signal ? [signal] : [])];
      const timeout = this.#options.clock.sleep(timeoutMs, AbortSignal.any(ends));
      const late = timeout.then(() =>
        settled.signal.aborted ? head : this.#lastHead(stream, head),
      );
      return await Promise.race([woken.promise, late]);
    } finally {
      this.#waiters.delete(waiter);
      settled.abort();
    }
  }

  /** To be called whenever a stream is known to have grown. */
  announce(stream: StreamName, head: Position): void {
    for (const waiter of this.#waiters) {
      if (waiter.stream === stream && head > waiter.after) waiter.wake(head);
    }
  }

  /** Ends all waiting. */
  close(): void {
    this.#stop.abort();
  }

  async #head(stream: StreamName): Promise<Position> {
    const [head = 0] = await this.#options.readHeads([stream]);
    return head;
  }

  /** While the store closes, the head as it was is good enough. */
  async #lastHead(stream: StreamName, known: Position): Promise<Position> {
    return this.#stop.signal.aborted ? known : this.#head(stream);
  }

  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    void this.#pollWhileWaiting().finally(() => {
      this.#isPolling = false;
    });
  }

  async #pollWhileWaiting(): Promise<void> {
    while (this.#waiters.size > 0 && !this.#stop.signal.aborted) {
      await this.#options.clock.sleep(pollMs, this.#stop.signal);
      const streams = [...new Set([...this.#waiters].map((waiter) => waiter.stream))];
      if (streams.length === 0 || this.#stop.signal.aborted) return;
      // A failed look is repeated with the next poll; the waiters end with their timeout.
      const heads = await this.#options.readHeads(streams).catch(() => []);
      streams.forEach((stream, index) => this.announce(stream, heads[index] ?? 0));
    }
  }
}
