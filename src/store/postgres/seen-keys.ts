import { joinEntries, pickEntries, withoutOlder } from '../seen-buckets.ts';
import {
  isSameKey,
  oldestSecond,
  runsExpiredBeforeMs,
  secondSeen,
  toSeenEntries,
  wordsPerEntry,
  type SeenEntries,
} from '../seen-entries.ts';
import { mayHold } from '../seen-filter.ts';
import {
  bucketName,
  placeInRun,
  type BucketPlace,
  type SeenRun,
  type SeenRunRow,
  type SeenRunRows,
} from './seen-run-rows.ts';
import type { StreamRow } from './stream-rows.ts';

/** Eight runs of a level become one of the next, until a run holds this many keys. */
const runsPerLevel = 8;
const finalKeyCount = 2 ** 17;

/** Filters kept in memory, all streams together: about 16 M keys. */
const filterBytesMax = 32 * 1024 ** 2;

/**
 * Which ids streams have seen, in *runs*: small hash tables that never change (as in the embedded
 * store, where it is told why). Runs are rows, so every node sees what the others have added; what a
 * node keeps in memory are filters of runs, which are true for as long as the run exists.
 */
export class SeenFilters {
  /** By stream and epoch, the least recently used first. */
  readonly #byStream = new Map<string, ReadonlyMap<number, SeenRun>>();
  #bytes = 0;

  /** The runs of a stream with their filters; only unknown ones are read. */
  async runsOf(rows: SeenRunRows, stream: StreamRow): Promise<SeenRun[]> {
    const listed = await rows.list();
    const known = this.#take(stream);
    const missing = listed.filter(({ run }) => !known?.has(run)).map(({ run }) => run);
    const read = new Map((await rows.withFilters(missing)).map((run) => [run.run, run]));
    return listed.flatMap(({ run }) => known?.get(run) ?? read.get(run) ?? []);
  }

  /** To be called with the runs as they stand; one that is rolled back is never listed again. */
  keep(stream: StreamRow, runs: readonly SeenRun[]): void {
    this.#take(stream);
    this.#byStream.set(keyOf(stream), new Map(runs.map((run) => [run.run, run])));
    this.#bytes += bytesOf(runs);
    for (const [key, oldest] of this.#byStream) {
      if (this.#bytes <= filterBytesMax) return;
      this.#byStream.delete(key);
      this.#bytes -= bytesOf(oldest.values());
    }
  }

  #take(stream: StreamRow): ReadonlyMap<number, SeenRun> | undefined {
    const known = this.#byStream.get(keyOf(stream));
    if (known === undefined) return undefined;
    this.#byStream.delete(keyOf(stream));
    this.#bytes -= bytesOf(known.values());
    return known;
  }
}

/** The seen keys of one stream during one transaction that has locked its head. */
export class SeenKeys {
  readonly #rows: SeenRunRows;
  #runs: SeenRun[];

  constructor(rows: SeenRunRows, runs: readonly SeenRun[]) {
    this.#rows = rows;
    this.#runs = [...runs];
  }

  get runs(): readonly SeenRun[] {
    return this.#runs;
  }

  /**
   * The indexes of `ids` that were not seen within the horizon, repeats in `ids` left out. They
   * count as seen from now on.
   */
  async takeUnseen(
    ids: readonly string[],
    horizonMs: number,
    nowMs: number,
  ): Promise<readonly number[]> {
    this.#dropExpired(nowMs);
    const entries = toSeenEntries(ids, nowMs);
    const seen = await this.#seenAmong(entries, oldestSecond(nowMs, horizonMs));
    const batch = new Set<string>();
    const unseen: number[] = [];
    ids.forEach((id, index) => {
      if (batch.size === batch.add(id).size) return;
      if (!seen.has(index)) unseen.push(index);
    });
    if (unseen.length > 0) {
      const taken = unseen.length === ids.length ? entries : pickEntries(entries, unseen);
      this.#runs.push(this.#rows.insert({ level: 0, horizonMs, newestMs: nowMs }, taken));
      await this.#merge(nowMs);
    }
    return unseen;
  }

  /** The indexes of the entries that stand in a run and were seen since. */
  async #seenAmong(entries: SeenEntries, sinceS: number): Promise<ReadonlySet<number>> {
    const places = new Map<string, BucketPlace>();
    const asked: { readonly index: number; readonly place: string }[] = [];
    for (let at = 0; at < entries.length; at += wordsPerEntry) {
      for (const run of this.#runs) {
        if (!mayHold(run.filter, entries[at + 1] ?? 0, entries[at + 2] ?? 0)) continue;
        const place = placeInRun(run, entries[at] ?? 0);
        places.set(bucketName(place), place);
        asked.push({ index: at / wordsPerEntry, place: bucketName(place) });
      }
    }
    const buckets = await this.#rows.buckets([...places.values()]);
    const found = asked.filter(({ index, place }) => {
      const bucket = buckets.get(place);
      return bucket !== undefined && holds(bucket, entries, index * wordsPerEntry, sinceS);
    });
    return new Set(found.map(({ index }) => index));
  }

  #dropExpired(nowMs: number): void {
    const beforeMs = runsExpiredBeforeMs(nowMs);
    const isExpired = (run: SeenRunRow) => run.newestMs + run.horizonMs < beforeMs;
    for (const run of this.#runs.filter(isExpired)) this.#rows.remove(run);
    this.#runs = this.#runs.filter((run) => !isExpired(run));
  }

  async #merge(nowMs: number): Promise<void> {
    for (let level = 0; ; level++) {
      const peers = this.#runs.filter((run) => run.level === level && run.keyCount < finalKeyCount);
      if (peers.length === 0) return;
      if (peers.length < runsPerLevel) continue;
      const merged = await this.#mergeRuns(peers, level + 1, nowMs);
      this.#runs = [...this.#runs.filter((run) => !peers.includes(run)), merged];
    }
  }

  async #mergeRuns(runs: readonly SeenRun[], level: number, nowMs: number): Promise<SeenRun> {
    const parts: SeenEntries[] = [];
    for (const run of runs) {
      const oldestS = oldestSecond(nowMs, run.horizonMs);
      const buckets = await this.#rows.entriesOf(run);
      parts.push(...buckets.map((bucket) => withoutOlder(bucket, oldestS)));
      this.#rows.remove(run);
    }
    const horizonMs = Math.max(...runs.map((run) => run.horizonMs));
    const newestMs = Math.max(...runs.map((run) => run.newestMs));
    return this.#rows.insert({ level, horizonMs, newestMs }, joinEntries(parts));
  }
}

function holds(bucket: SeenEntries, entries: SeenEntries, at: number, sinceS: number): boolean {
  for (let place = 0; place < bucket.length; place += wordsPerEntry) {
    if (!isSameKey(bucket, place, entries, at)) continue;
    // A merged run may hold a key twice: one that expired, and one that was seen since.
    if (secondSeen(bucket, place) >= sinceS) return true;
  }
  return false;
}

function keyOf({ stream, epoch }: StreamRow): string {
  return `${stream} ${epoch}`;
}

function bytesOf(runs: Iterable<SeenRun>): number {
  let bytes = 0;
  for (const { filter } of runs) bytes += filter.bits.length;
  return bytes;
}
