import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { errorCode, errorMessage } from '../core/errors.ts';
import type { EventStore } from '../store/event-store.ts';
import { silentMsMax, type Lease, type LeaseItem, type LeaseStore } from '../store/lease-store.ts';
import { planLeases } from './plan-leases.ts';

/** How workers come to do what only one node does at a time. */
export interface Leases {
  /**
   * Runs `work` whenever this node holds the lease of `item`, until `signal` aborts. The store that
   * `work` is given refuses its writes once another node has taken over; its signal aborts then.
   */
  whileHeld(item: LeaseItem, work: LeasedWork, signal: AbortSignal): Promise<void>;
}

export interface LeasedWork {
  run(store: EventStore, signal: AbortSignal): Promise<void>;
  /** Called when the lease begins to be awaited, and when it was gained. */
  onStandby?(isStandby: boolean): void;
}

/** For a store that one process has to itself: it holds every lease. */
export function soleHolder(store: EventStore): Leases {
  return { whileHeld: (_, work, signal) => work.run(store, signal) };
}

/** With `silentMsMax` and the time of a statement: how soon the work of a dead node goes on. */
const roundMs = 1500;
const restMs = 3 * roundMs;
/** What another node could do and does not take for so long is taken by whoever can. */
const leftMsMax = 2 * roundMs;

export interface LeaseKeeperOptions {
  readonly store: LeaseStore;
  /** Unique to this process. */
  readonly node: string;
  /** Where what it keeps outside the store lies. */
  readonly home: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the node says about itself, as JSON. */
  readonly status: () => string;
}

/** One item that this node would do. */
class Candidate {
  readonly item: LeaseItem;
  lease: Lease | undefined;
  /** It was let go of for another node, which is given time to take it. */
  restsUntilMs = Number.NEGATIVE_INFINITY;
  /** Since when it has been left to another node. */
  leftSinceMs: number | undefined;
  #gained = Promise.withResolvers<Lease | undefined>();
  #lost = new AbortController();

  constructor(item: LeaseItem) {
    this.item = item;
  }

  get lostSignal(): AbortSignal {
    return this.#lost.signal;
  }

  gain(lease: Lease): void {
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

/**
 * Holds this node's share of the leases: gives signs of life, takes over what dead nodes held, lets go
 * of some when a node with less to do has come. A node that cannot reach the store stops its work when
 * others may have begun it; what it still writes is refused by the store.
 */
export class LeaseKeeper implements Leases {
  readonly #options: LeaseKeeperOptions;
  readonly #candidates = new Set<Candidate>();
  #lastBeatMs: number;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#lastBeatMs = options.clock.monotonicMs();
  }

  async whileHeld(item: LeaseItem, work: LeasedWork, signal: AbortSignal): Promise<void> {
    const candidate = new Candidate(item);
    this.#candidates.add(candidate);
    try {
      while (!signal.aborted) {
        work.onStandby?.(true);
        const lease = await candidate.gained(signal);
        work.onStandby?.(false);
        if (lease) await this.#run(candidate, lease, work, signal);
      }
    } finally {
      this.#candidates.delete(candidate);
    }
  }

  /** Keeps the leases until `signal` aborts; the workers give theirs up as they end. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const beforeMs = clock.monotonicMs();
      try {
        await this.#round();
        this.#lastBeatMs = beforeMs;
      } catch (error) {
        const failure = { code: errorCode(error), message: errorMessage(error) };
        log.warn(failure, 'leases could not be renewed');
        if (clock.monotonicMs() - this.#lastBeatMs > silentMsMax) this.#loseAll();
      }
      await clock.sleep(roundMs, signal);
    }
  }

  /** Tells the others at once that this node is gone. */
  async leave(): Promise<void> {
    await this.#options.store.leave(this.#options.node);
  }

  async #round(): Promise<void> {
    const { store, node, home, status } = this.#options;
    const works = [...new Set([...this.#candidates].map(({ item }) => item.name))];
    await store.beat({ node, home, works, status: status() });
    const [nodes, leases] = [await store.nodes(), await store.leases()];
    const byKey = new Map(leases.map((lease) => [keyOf(lease), lease]));
    const candidates = new Map([...this.#candidates].map((held) => [keyOf(held.item), held]));
    for (const [key, candidate] of candidates) {
      const [held, now] = [candidate.lease, byKey.get(key)];
      if (held && (now?.node !== node || now.fence !== held.fence)) candidate.lose();
    }
    const wanted = [...candidates.values()].map(({ item }) => item);
    const nowMs = this.#options.clock.monotonicMs();
    const isOverdue = (item: LeaseItem) =>
      nowMs - (candidates.get(keyOf(item))?.leftSinceMs ?? nowMs) >= leftMsMax;
    const plan = planLeases({ node, wanted, nodes, leases, silentMsMax, isOverdue });
    const left = new Set(plan.left.map(keyOf));
    for (const [key, candidate] of candidates) {
      candidate.leftSinceMs = left.has(key) ? (candidate.leftSinceMs ?? nowMs) : undefined;
    }
    for (const item of plan.release) {
      const candidate = candidates.get(keyOf(item));
      if (!candidate?.lease) continue;
      candidate.restsUntilMs = nowMs + restMs;
      candidate.lose();
    }
    for (const item of plan.take) {
      const candidate = candidates.get(keyOf(item));
      if (!candidate || candidate.lease || candidate.restsUntilMs > nowMs) continue;
      const lease = await store.acquire(item, node, silentMsMax);
      if (lease) this.#begin(candidate, lease);
    }
  }

  #begin(candidate: Candidate, lease: Lease): void {
    const { stream, name, fence } = lease;
    this.#options.log.info({ stream, name, fence }, 'this node does it from now on');
    candidate.gain(lease);
  }

  async #run(
    candidate: Candidate,
    lease: Lease,
    work: LeasedWork,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, log } = this.#options;
    const fenced = store.fenced(lease, () => candidate.lose());
    try {
      await work.run(fenced, AbortSignal.any([signal, candidate.lostSignal]));
    } finally {
      candidate.reset();
      // Nothing happens when another node has it by now.
      await store.release(lease).catch((error: unknown) => {
        log.warn({ message: errorMessage(error) }, 'a lease could not be given up');
      });
      const { stream, name } = lease;
      log.info({ stream, name }, 'this node does it no more');
    }
  }

  #loseAll(): void {
    for (const candidate of this.#candidates) if (candidate.lease) candidate.lose();
  }
}

function keyOf({ stream, name }: Pick<LeaseItem, 'stream' | 'name'>): string {
  return `${name} ${stream}`;
}
