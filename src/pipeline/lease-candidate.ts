import type { Lease, LeaseItem } from '../store/lease-store.ts';

/** One item that this node would do. */
export class LeaseCandidate {
  readonly item: LeaseItem;
  lease: Lease | undefined;
  /** Its work has ended, and the store is being told. */
  isLettingGo = false;
  /** It was let go of for another node, which is given time to take it. */
  restsUntilMs = Number.NEGATIVE_INFINITY;
  /** Since when it has been left to another node. */
  leftSinceMs: number | undefined;
  #gained = Promise.withResolvers<Lease | undefined>();
  #lost = new AbortController();

  constructor(item: LeaseItem) {
    this.item = item;
  }

  /** It is being done, or is just being given up. */
  get isDone(): boolean {
    return this.lease !== undefined || this.isLettingGo;
  }

  get lostSignal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Work that still runs under an earlier lease loses that one: it would write in vain. */
  gain(lease: Lease): void {
    this.#lost.abort();
    this.lease = lease;
    this.#lost = new AbortController();
    this.#gained.resolve(lease);
  }

  lose(): void {
    this.#lost.abort();
  }

  /** To be called when the work has ended: from now on it is awaited anew. */
  reset(): void {
    this.lease = undefined;
    this.#gained = Promise.withResolvers();
  }

  /** Undefined when `signal` aborted first. */
  async gained(signal: AbortSignal): Promise<Lease | undefined> {
    const give = () => this.#gained.resolve(undefined);
    signal.addEventListener('abort', give, { once: true });
    if (signal.aborted) give();
    try {
      return await this.#gained.promise;
    } finally {
      signal.removeEventListener('abort', give);
    }
  }
}
