import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { prepareQuery, type Query } from './query.ts';
import {
  bucketCount,
  bucketNumber,
  bucketsMax,
  joinEntries,
  spreadOverBuckets,
  withoutOlder,
} from '../seen-buckets.ts';
import {
  entriesFromBytes,
  entriesToBytes,
  oldestSecond,
  wordsPerEntry,
  type SeenEntries,
} from '../seen-entries.ts';
import { addToFilter, newSeenFilter, type SeenFilter } from '../seen-filter.ts';

export interface SeenRunOrigin {
  readonly streamId: number;
  readonly level: number;
  readonly horizonMs: number;
  /** When its newest key was seen. */
  readonly newestMs: number;
}

export interface SeenRun extends SeenRunOrigin {
  readonly id: number;
  readonly keyCount: number;
  readonly filter: SeenFilter;
}

interface RunRow extends Omit<SeenRun, 'filter'> {
  readonly filter: Uint8Array;
  readonly checksum: number;
}

interface BucketRow {
  readonly entries: Uint8Array;
  readonly checksum: number;
}

/** Bucket ids from this times the run's id on belong to the run. */
export const bucketIdsPerRun = bucketsMax;

/** Runs of keys: a run is spread over buckets by the first bits of its keys. */
export class SeenRunTable {
  readonly #ofStream: Query<RunRow>;
  readonly #insertRun: StatementSync;
  readonly #deleteRun: StatementSync;
  readonly #bucket: Query<BucketRow>;
  readonly #buckets: Query<BucketRow>;
  readonly #insertBucket: StatementSync;
  readonly #deleteBuckets: StatementSync;

  constructor(database: DatabaseSync) {
    this.#ofStream = prepareQuery(
      database,
      /* sql */ `
      select id, stream_id as streamId, level, key_count as keyCount, horizon_ms as horizonMs,
        newest_ms as newestMs, filter, checksum
      from seen_run where stream_id = ? order by id`,
    );
    this.#insertRun = database.prepare('insert into seen_run values (null, ?, ?, ?, ?, ?, ?, ?)');
    this.#deleteRun = database.prepare('delete from seen_run where id = ?');
    this.#bucket = prepareQuery(database, 'select entries, checksum from seen_bucket where id = ?');
    this.#buckets = prepareQuery(
      database,
      'select entries, checksum from seen_bucket where id between ? and ?',
    );
    this.#insertBucket = database.prepare('insert into seen_bucket values (?, ?, ?)');
    this.#deleteBuckets = database.prepare('delete from seen_bucket where id between ? and ?');
  }

  ofStream(streamId: number): SeenRun[] {
    const rows = this.#ofStream.all(streamId);
    return rows.map((row) => {
      const { id, keyCount, filter, checksum } = row;
      if (runChecksum(row, filter) !== checksum) throw corruptSeenKeys(`run ${id}`);
      const { level, horizonMs, newestMs } = row;
      return { id, streamId, level, keyCount, horizonMs, newestMs, filter: { bits: filter } };
    });
  }

  insert(origin: SeenRunOrigin, entries: SeenEntries): SeenRun {
    const keyCount = entries.length / wordsPerEntry;
    const filter = newSeenFilter(keyCount);
    for (let at = 0; at < entries.length; at += wordsPerEntry) {
      addToFilter(filter, entries[at + 1] ?? 0, entries[at + 2] ?? 0);
    }
    const { streamId, level, horizonMs, newestMs } = origin;
    const checksum = runChecksum({ ...origin, keyCount }, filter.bits);
    const columns = [
      streamId,
      level,
      keyCount,
      horizonMs,
      newestMs,
      filter.bits,
      checksum,
    ] as const;
    const id = Number(this.#insertRun.run(...columns).lastInsertRowid);
    spreadOverBuckets(entries).forEach((bucket, number) => {
      const bytes = entriesToBytes(bucket);
      const bucketId = id * bucketIdsPerRun + number;
      this.#insertBucket.run(bucketId, bytes, bucketChecksum(bucketId, bytes));
    });
    return { ...origin, id, keyCount, filter };
  }

  /** The keys among which one whose first word is `firstWord` stands, if the run has it. */
  bucketOf(run: SeenRun, firstWord: number): SeenEntries {
    const id = run.id * bucketIdsPerRun + bucketNumber(firstWord, bucketCount(run.keyCount));
    const row = this.#bucket.get(id);
    return checkedEntries(id, row);
  }

  /** Reads everything of a stream once. */
  verify(streamId: number): void {
    for (const run of this.ofStream(streamId)) this.#entries(run);
  }

  /** Every key of the run, bucket by bucket. */
  entriesOf(run: SeenRun): readonly SeenEntries[] {
    return this.#entries(run);
  }

  /** One run of the next level out of `runs`, without the keys that have expired. */
  merge(runs: readonly SeenRun[], nowMs: number): SeenRun {
    const parts = runs.flatMap((run) => this.#unexpired(run, nowMs));
    const entries = joinEntries(parts);
    for (const run of runs) this.remove(run);
    const [{ streamId, level } = { streamId: 0, level: 0 }] = runs;
    const horizonMs = Math.max(...runs.map((run) => run.horizonMs));
    const newestMs = Math.max(...runs.map((run) => run.newestMs));
    return this.insert({ streamId, level: level + 1, horizonMs, newestMs }, entries);
  }

  remove(run: SeenRun): void {
    this.#deleteBuckets.run(...bucketIds(run));
    this.#deleteRun.run(run.id);
  }

  #unexpired(run: SeenRun, nowMs: number): SeenEntries[] {
    const oldestS = oldestSecond(nowMs, run.horizonMs);
    return this.#entries(run).map((bucket) => withoutOlder(bucket, oldestS));
  }

  #entries(run: SeenRun): SeenEntries[] {
    const [firstId, lastId] = bucketIds(run);
    const rows = this.#buckets.all(firstId, lastId);
    return rows.map((row, number) => checkedEntries(firstId + number, row));
  }
}

function bucketIds(run: SeenRun): readonly [number, number] {
  return [run.id * bucketIdsPerRun, run.id * bucketIdsPerRun + bucketCount(run.keyCount) - 1];
}

function runChecksum(run: Omit<SeenRun, 'id' | 'filter'>, filter: Uint8Array): number {
  const { streamId, level, keyCount, horizonMs, newestMs } = run;
  return crc32(filter, crc32([streamId, level, keyCount, horizonMs, newestMs].join(' ')));
}

function bucketChecksum(id: number, bytes: Uint8Array): number {
  return crc32(bytes, id % 2 ** 32);
}

function checkedEntries(id: number, row: BucketRow | undefined): SeenEntries {
  if (row && bucketChecksum(id, row.entries) === row.checksum) return entriesFromBytes(row.entries);
  throw corruptSeenKeys(`bucket ${id}`);
}

function corruptSeenKeys(what: string): AppError {
  return new AppError('store_corrupt', `seen keys, ${what}: missing, or the checksum differs`);
}
