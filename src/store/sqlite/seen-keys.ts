import type { DatabaseSync } from 'node:sqlite';
import {
  isSameKey,
  oldestSecond,
  runsExpiredBeforeMs,
  secondSeen,
  toSeenEntries,
  wordsPerEntry,
  type SeenEntries,
} from '../seen-entries.ts';
import { pickEntries } from '../seen-buckets.ts';
import { mayHold } from '../seen-filter.ts';
import { SeenRunTable, type SeenRun } from './seen-run-table.ts';

/** Eight runs of a level become one of the next, until a run holds this many keys. */
const runsPerLevel = 8;
const finalKeyCount = 2 ** 17;

/**
 * Which ids a stream has seen. Digests come in no order, so a B-tree of them would touch a page per
 * event. Instead every append leaves one *run*, a small hash table of its keys that is never
 * changed; runs are merged as they become many, and expire as a whole. A filter per run is kept in
 * memory, about 2 bytes a key.
 *
 * All methods are called inside a write transaction.
 */
export class SeenKeys {
  readonly #table: SeenRunTable;
  readonly #runs = new Map<number, SeenRun[]>();

  constructor(database: DatabaseSync) {
    this.#table = new SeenRunTable(database);
  }

  /** To be called when another process has written, or a transaction was rolled back. */
  forget(): void {
    this.#runs.clear();
  }

  /**
   * The indexes of `ids` that were not seen within the horizon, repeats in `ids` left out. They
   * count as seen from now on.
   */
  takeUnseen(
    streamId: number,
    ids: readonly string[],
    horizonMs: number,
    nowMs: number,
  ): readonly number[] {
    const runs = this.#currentRuns(streamId, nowMs);
    const entries = toSeenEntries(ids, nowMs);
    const seenSinceS = oldestSecond(nowMs, horizonMs);
    const batch = new Set<string>();
    const unseen: number[] = [];
    ids.forEach((id, index) => {
      if (batch.size === batch.add(id).size) return;
      if (!this.#isSeen(runs, entries, index * wordsPerEntry, seenSinceS)) unseen.push(index);
    });
    if (unseen.length > 0) {
      const taken = unseen.length === ids.length ? entries : pickEntries(entries, unseen);
      runs.push(this.#table.insert({ streamId, level: 0, horizonMs, newestMs: nowMs }, taken));
      this.#merge(runs, nowMs);
    }
    return unseen;
  }

  #isSeen(runs: readonly SeenRun[], entries: SeenEntries, at: number, sinceS: number): boolean {
    const [first = 0, second = 0] = [entries[at + 1], entries[at + 2]];
    for (let index = runs.length - 1; index >= 0; index--) {
      const run = runs[index];
      if (run && mayHold(run.filter, first, second)) {
        if (this.#holds(run, entries, at, sinceS)) return true;
      }
    }
    return false;
  }

  #holds(run: SeenRun, entries: SeenEntries, at: number, sinceS: number): boolean {
    const bucket = this.#table.bucketOf(run, entries[at] ?? 0);
    for (let place = 0; place < bucket.length; place += wordsPerEntry) {
      if (!isSameKey(bucket, place, entries, at)) continue;
      // A merged run may hold a key twice: one that expired, and one that was seen since.
      if (secondSeen(bucket, place) >= sinceS) return true;
    }
    return false;
  }

  #currentRuns(streamId: number, nowMs: number): SeenRun[] {
    const runs = this.#runs.get(streamId) ?? this.#table.ofStream(streamId);
    const beforeMs = runsExpiredBeforeMs(nowMs);
    const isExpired = (run: SeenRun) => run.newestMs + run.horizonMs < beforeMs;
    for (const run of runs.filter(isExpired)) this.#table.remove(run);
    const current = runs.filter((run) => !isExpired(run));
    this.#runs.set(streamId, current);
    return current;
  }

  #merge(runs: SeenRun[], nowMs: number): void {
    for (let level = 0; ; level++) {
      const peers = runs.filter((run) => run.level === level && run.keyCount < finalKeyCount);
      if (peers.length === 0) return;
      if (peers.length < runsPerLevel) continue;
      const merged = this.#table.merge(peers, nowMs);
      runs.splice(0, runs.length, ...runs.filter((run) => !peers.includes(run)), merged);
    }
  }
}
