import type { StreamName } from '../../core/stream.ts';
import type { Appended } from '../event-store.ts';
import { AppError, errorMessage } from '../../core/errors.ts';
import type { Appender, Outcome, PendingAppend, StreamGroup } from './appender.ts';
import { CommitUnknown, type PostgresDatabase } from './database.ts';
import { toStoreError } from '../../postgres/errors.ts';

/** Appends to one stream that share a commit: bounds how long a reader of the head waits. */
const groupAppendsMax = 512;
const groupBytesMax = 8 * 1024 ** 2;

export interface AppendQueueOptions {
  /** Commits under way at once, each on a connection of its own. */
  readonly lanes: number;
  /** Streams that may share a commit; 1 where each lives on a shard of its own. */
  readonly streamsPerCommit: number;
  readonly retryMs: number;
}

interface Waiting {
  readonly pending: PendingAppend;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

interface WaitingGroup extends StreamGroup {
  readonly waiting: readonly Waiting[];
}

/**
 * Appends of one stream go one group after the other, in the order of their arrival; what arrives
 * while a group is being committed becomes the next one. Groups of different streams go side by side
 * in several lanes, and together in one commit when more streams wait than there are lanes.
 */
export class AppendQueue {
  readonly #database: PostgresDatabase;
  readonly #appender: Appender;
  readonly #options: AppendQueueOptions;
  readonly #waiting = new Map<StreamName, Waiting[]>();
  /** Streams with something to do and no group under way, in the order in which they came. */
  readonly #ready = new Set<StreamName>();
  #lanesBusy = 0;
  #commitNumber = 0;
  #isScheduled = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(database: PostgresDatabase, appender: Appender, options: AppendQueueOptions) {
    this.#database = database;
    this.#appender = appender;
    this.#options = options;
  }

  add(pending: PendingAppend): Promise<Appended> {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const { stream } = pending.append;
    const waiting = this.#waiting.get(stream);
    if (waiting) waiting.push({ pending, resolve, reject });
    else {
      this.#waiting.set(stream, [{ pending, resolve, reject }]);
      this.#ready.add(stream);
    }
    this.#schedule();
    return promise;
  }

  /** Resolves when nothing waits any more. */
  async whenIdle(): Promise<void> {
    if (this.#waiting.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Behind what arrives in the same turn: it comes into the same group. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#lanesBusy < this.#options.lanes && this.#ready.size > 0) void this.#runLane();
    });
  }

  async #runLane(): Promise<void> {
    this.#lanesBusy += 1;
    const groups = this.#takeGroups();
    await this.#commit(groups);
    for (const { stream } of groups) {
      if (this.#waiting.get(stream)?.length === 0) this.#waiting.delete(stream);
      else this.#ready.add(stream);
    }
    this.#lanesBusy -= 1;
    if (this.#waiting.size === 0) this.#idle?.resolve();
    this.#schedule();
  }

  /** A fair share of the ready streams, so that every lane gets some. */
  #takeGroups(): readonly WaitingGroup[] {
    const { lanes, streamsPerCommit } = this.#options;
    const free = lanes - this.#lanesBusy + 1;
    const count = Math.min(streamsPerCommit, Math.ceil(this.#ready.size / free));
    const groups: WaitingGroup[] = [];
    for (const stream of this.#ready) {
      if (groups.length === count) break;
      this.#ready.delete(stream);
      groups.push(this.#groupOf(stream));
    }
    // One order for all nodes: two that share streams wait for each other, not on each other.
    return groups.toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
  }

  #groupOf(stream: StreamName): WaitingGroup {
    const queue = this.#waiting.get(stream) ?? [];
    let [length, bytes] = [0, 0];
    for (const { pending } of queue.slice(0, groupAppendsMax)) {
      bytes += pending.lines.ndjson.length;
      if (length > 0 && bytes > groupBytesMax) break;
      length += 1;
    }
    const waiting = queue.splice(0, length);
    this.#commitNumber += 1;
    const appends = waiting.map(({ pending }) => pending);
    return { stream, commitNumber: this.#commitNumber, appends, waiting };
  }

  async #commit(groups: readonly WaitingGroup[]): Promise<void> {
    try {
      const outcomes = await this.#outcomesOf(groups);
      groups.forEach((group, index) => {
        this.#appender.committed(group);
        settle(group.waiting, outcomes[index] ?? []);
      });
    } catch (error) {
      const failure = toStoreError(error, this.#database.address);
      const appends = groups.flatMap(({ waiting }) => waiting);
      // Nothing of it is stored. One by one, only those fail that cannot be stored; but while the
      // database is out of reach each would wait in vain.
      const isHopeless = appends.length === 1 || failure.code === 'store_unavailable';
      if (isHopeless) for (const { reject } of appends) reject(failure);
      else await this.#commitOneByOne(groups);
    }
  }

  async #commitOneByOne(groups: readonly WaitingGroup[]): Promise<void> {
    for (const group of groups) {
      for (const waiting of group.waiting) {
        this.#commitNumber += 1;
        const commitNumber = this.#commitNumber;
        const appends = [waiting.pending];
        await this.#commit([{ ...group, commitNumber, appends, waiting: [waiting] }]);
      }
    }
  }

  /**
   * The answers by group. A connection that is lost in mid-commit leaves open whether it was
   * committed; then the commit's number, which is in the same transaction, tells. Until it has told,
   * whatever else goes wrong changes nothing about that: these events may be stored.
   */
  async #outcomesOf(groups: readonly StreamGroup[]): Promise<readonly (readonly Outcome[])[]> {
    let unknown: readonly (readonly Outcome[])[] | undefined;
    return this.#database.untilDone(async () => {
      if (unknown) {
        if (await this.#isCommitted(groups)) return unknown;
        unknown = undefined;
      }
      let outcomes: readonly (readonly Outcome[])[] = [];
      try {
        await this.#database.attempt(async (transaction) => {
          // Side by side on one connection, so that their statements share round trips. None may go
          // on once the transaction has ended: all are awaited, whatever becomes of one.
          const work = groups.map((group) => this.#appender.carryOut(transaction, group));
          await Promise.allSettled(work);
          outcomes = await Promise.all(work);
        });
        return outcomes;
      } catch (error) {
        if (error instanceof CommitUnknown) unknown = outcomes;
        throw error;
      }
    }, this.#options.retryMs);
  }

  /** Rejects with `CommitUnknown` when that cannot be found out now. */
  async #isCommitted(groups: readonly StreamGroup[]): Promise<boolean> {
    try {
      return await this.#database.attempt((transaction) =>
        this.#appender.isCommitted(transaction, groups),
      );
    } catch (error) {
      throw new CommitUnknown(errorMessage(error), { cause: error });
    }
  }
}

function settle(waiting: readonly Waiting[], outcomes: readonly Outcome[]): void {
  waiting.forEach(({ resolve, reject }, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome instanceof AppError) reject(outcome);
    else resolve(outcome);
  });
}
