import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { prepareQuery, type Query } from './query.ts';
import {
  entriesFromBytes,
  entriesToBytes,
  secondSeen,
  wordsPerEntry,
  type SeenEntries,
} from './seen-entries.ts';
import { addToFilter, newSeenFilter, type SeenFilter } from './seen-filter.ts';

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

const keysPerBucket = 128;
/** Bucket ids from this times the run's id on belong to the run. */
export const bucketIdsPerRun = 2 ** 16;

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
    spread(entries, bucketCount(keyCount)).forEach((bucket, number) => {
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

  /** One run of the next level out of `runs`, without the keys that have expired. */
  merge(runs: readonly SeenRun[], nowMs: number): SeenRun {
    const parts = runs.flatMap((run) => this.#unexpired(run, nowMs));
    const entries = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let length = 0;
    for (const part of parts) {
      entries.set(part, length);
      length += part.length;
    }
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
    const oldestS = Math.floor((nowMs - run.horizonMs) / 1000);
    return this.#entries(run).map((bucket) => withoutOlder(bucket, oldestS));
  }

  #entries(run: SeenRun): SeenEntries[] {
    const [firstId, lastId] = bucketIds(run);
    const rows = this.#buckets.all(firstId, lastId);
    return rows.map((row, number) => checkedEntries(firstId + number, row));
  }
}

function withoutOlder(entries: SeenEntries, oldestS: number): SeenEntries {
  const kept: number[] = [];
  for (let at = 0; at < entries.length; at += wordsPerEntry) {
    if (secondSeen(entries, at) >= oldestS) kept.push(at);
  }
  if (kept.length * wordsPerEntry === entries.length) return entries;
  return Uint32Array.from(kept.flatMap((at) => [...entries.subarray(at, at + wordsPerEntry)]));
}

/** The entries by bucket; every bucket is there, empty ones too. */
function spread(entries: SeenEntries, buckets: number): readonly SeenEntries[] {
  if (buckets === 1) return [entries];
  const starts = bucketStarts(entries, buckets);
  const sorted = new Uint32Array(entries.length);
  const next = starts.slice();
  for (let at = 0; at < entries.length; at += wordsPerEntry) {
    const number = bucketNumber(entries[at] ?? 0, buckets);
    const place = next[number] ?? 0;
    for (let word = 0; word < wordsPerEntry; word++) sorted[place + word] = entries[at + word] ?? 0;
    next[number] = place + wordsPerEntry;
  }
  return Array.from({ length: buckets }, (_, number) =>
    sorted.subarray(starts[number], starts[number + 1]),
  );
}

/** Where each bucket starts when all stand one behind the other, and where the last one ends. */
function bucketStarts(entries: SeenEntries, buckets: number): Uint32Array {
  const starts = new Uint32Array(buckets + 1);
  for (let at = 0; at < entries.length; at += wordsPerEntry) {
    const number = bucketNumber(entries[at] ?? 0, buckets);
    starts[number + 1] = (starts[number + 1] ?? 0) + wordsPerEntry;
  }
  for (let number = 1; number <= buckets; number++) {
    starts[number] = (starts[number] ?? 0) + (starts[number - 1] ?? 0);
  }
  return starts;
}

function bucketCount(keyCount: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, keyCount / keysPerBucket)));
  return Math.min(bucketIdsPerRun, wanted);
}

function bucketNumber(firstWord: number, buckets: number): number {
  return Math.floor((firstWord / 2 ** 32) * buckets);
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
