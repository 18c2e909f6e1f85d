import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError, errorCode, errorMessage } from '../core/errors.ts';
import type { EventStore } from '../store/event-store.ts';
import {
  silentMsMax,
  type HeldLease,
  type Lease,
  type LeaseItem,
  type LeaseStore,
} from '../store/lease-store.ts';
import { LeaseCandidate } from './lease-candidate.ts';
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
/** A sign of life that waits for longer is given anew, before the others take this node for dead. */
const beatAnswerMs = 2 * roundMs;
const answerMs = 2 * silentMsMax;
/** So that appends find connections beside them. */
const takenAtATime = 4;

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

/**
 * Holds this node's share of the leases: gives signs of life, takes over what dead nodes held, lets go
 * of some when a node with less to do has come. A node that cannot reach the store stops its work when
 * others may have begun it; what it still writes is refused by the store.
 */
export class LeaseKeeper implements Leases {
  readonly #options: LeaseKeeperOptions;
  readonly #candidates = new Set<LeaseCandidate>();
  #lastBeatMs: number;
  #round: Promise<void> | undefined;
  #hasFailed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#lastBeatMs = options.clock.monotonicMs();
  }

  async whileHeld(item: LeaseItem, work: LeasedWork, signal: AbortSignal): Promise<void> {
    const candidate = new LeaseCandidate(item);
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
    await Promise.all([this.#giveSignsOfLife(signal), this.#endWhatIsSilent(signal)]);
    await this.#round;
  }

  /** Tells the others at once that this node is gone. */
  async leave(): Promise<void> {
    await this.#options.store.leave(this.#options.node);
  }

  /**
   * They begin every `roundMs`, or as soon as the last one was waited for in vain. Behind each one
   * there is a round, unless the last one still takes its time.
   */
  async #giveSignsOfLife(signal: AbortSignal): Promise<void> {
    const { clock, store, node, home, status } = this.#options;
    while (!signal.aborted) {
      const beforeMs = clock.monotonicMs();
      const works = [...new Set([...this.#candidates].map(({ item }) => item.name))];
      try {
        await this.#inTime(store.beat({ node, home, works, status: status() }), beatAnswerMs);
        this.#lastBeatMs = beforeMs;
        this.#round ??= this.#goRound(signal);
      } catch (error) {
        this.#warn(error);
      }
      const tookMs = clock.monotonicMs() - beforeMs;
      await clock.sleep(Math.max(0, roundMs - tookMs), signal);
    }
  }

  /** Others may have begun the work then, whatever the store and a round are waiting for. */
  async #endWhatIsSilent(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const leftMs = this.#silentInMs();
      if (leftMs <= 0) for (const candidate of this.#candidates) candidate.lose();
      await this.#options.clock.sleep(leftMs > 0 ? leftMs : roundMs, signal);
    }
  }

  #silentInMs(): number {
    return this.#lastBeatMs + silentMsMax - this.#options.clock.monotonicMs();
  }

  async #goRound(signal: AbortSignal): Promise<void> {
    try {
      await this.#evenOut(signal);
      this.#hasFailed = false;
    } catch (error) {
      this.#warn(error);
    } finally {
      this.#round = undefined;
    }
  }

  async #evenOut(signal: AbortSignal): Promise<void> {
    const { store, node, clock } = this.#options;
    const [nodes, leases] = [await this.#inTime(store.nodes()), await this.#inTime(store.leases())];
    const candidates = byKey(this.#candidates);
    const nowMs = clock.monotonicMs();
    await this.#compare(leases, candidates);
    const wanted = [...candidates.values()].map(({ item }) => item);
    const isOverdue = (item: LeaseItem) =>
      nowMs - (candidates.get(keyOf(item))?.leftSinceMs ?? nowMs) >= leftMsMax;
    const isDone = (item: LeaseItem) => candidates.get(keyOf(item))?.isDone === true;
    const plan = planLeases({ node, wanted, nodes, leases, silentMsMax, isOverdue, isDone });
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
    const taken = plan.take.flatMap((item) => candidates.get(keyOf(item)) ?? []);
    await this.#take(
      taken.filter(({ lease, restsUntilMs }) => !lease && restsUntilMs <= nowMs),
      signal,
    );
  }

  /** Ends what another node has by now, and gives up what nobody here wants any more. */
  async #compare(
    leases: readonly HeldLease[],
    candidates: ReadonlyMap<string, LeaseCandidate>,
  ): Promise<void> {
    const { store, node } = this.#options;
    const rows = new Map(leases.map((lease) => [keyOf(lease), lease]));
    for (const [key, candidate] of candidates) {
      const [held, now] = [candidate.lease, rows.get(key)];
      if (held && (now?.node !== node || now.fence !== held.fence)) candidate.lose();
    }
    for (const [key, lease] of rows) {
      if (lease.node === node && !candidates.has(key)) await this.#inTime(store.release(lease));
    }
  }

  /**
   * Some at a time: behind a node that died there may be thousands. Ends when none of them is under
   * way any more, also when one failed: what the next round takes has not begun behind its back.
   */
  async #take(candidates: readonly LeaseCandidate[], signal: AbortSignal): Promise<void> {
    const { store, node } = this.#options;
    const rest = candidates.values();
    const takeInTurn = async (): Promise<void> => {
      for (const candidate of rest) {
        if (signal.aborted) return;
        const lease = await this.#inTime(store.acquire(candidate.item, node, silentMsMax));
        if (lease) this.#begin(candidate, lease);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: takenAtATime }, takeInTurn));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** What cannot begin now is in the store as this node's; the next round sees to it. */
  #begin(candidate: LeaseCandidate, lease: Lease): void {
    if (!this.#candidates.has(candidate) || this.#silentInMs() <= 0) return;
    const { stream, name, fence } = lease;
    this.#options.log.info({ stream, name, fence }, 'this node does it from now on');
    candidate.gain(lease);
  }

  async #run(
    candidate: LeaseCandidate,
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
      candidate.isLettingGo = true;
      // Nothing happens when another node has it by now.
      await this.#inTime(store.release(lease)).catch((error: unknown) => {
        log.warn({ message: errorMessage(error) }, 'a lease could not be given up');
      });
      candidate.isLettingGo = false;
      const { stream, name } = lease;
      log.info({ stream, name }, 'this node does it no more');
    }
  }

  /** The store may still do later what it did not answer in time: fences make that harmless. */
  async #inTime<T>(answer: Promise<T>, timeoutMs = answerMs): Promise<T> {
    const answered = new AbortController();
    const late = this.#options.clock.sleep(timeoutMs, answered.signal).then(() => {
      throw new AppError('store_unavailable', `no answer for ${timeoutMs} ms`);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      answered.abort();
    }
  }

  /** Once for all that fails until a round succeeds. */
  #warn(error: unknown): void {
    const failure = { code: errorCode(error), message: errorMessage(error) };
    const level = this.#hasFailed ? 'debug' : 'warn';
    this.#options.log[level](failure, 'leases could not be renewed');
    this.#hasFailed = true;
  }
}

/** While one ends, another one for the same may be waiting: the one that holds the lease counts. */
function byKey(candidates: Iterable<LeaseCandidate>): ReadonlyMap<string, LeaseCandidate> {
  const found = new Map<string, LeaseCandidate>();
  for (const candidate of candidates) {
    const key = keyOf(candidate.item);
    if (found.get(key)?.isDone !== true) found.set(key, candidate);
  }
  return found;
}

function keyOf({ stream, name }: Pick<LeaseItem, 'stream' | 'name'>): string {
  return `${name} ${stream}`;
}
