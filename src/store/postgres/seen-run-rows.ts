import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { bucketCount, bucketNumber, spreadOverBuckets } from '../seen-buckets.ts';
import {
  entriesFromBytes,
  entriesToBytes,
  wordsPerEntry,
  type SeenEntries,
} from '../seen-entries.ts';
import { addToFilter, newSeenFilter, type SeenFilter } from '../seen-filter.ts';
import type { SqlValue, Transaction } from './database.ts';
import type { HotStatements } from './statements.ts';
import type { StreamRow } from './stream-rows.ts';

/** What a run says about itself without its filter. */
export interface SeenRunRow {
  readonly run: number;
  readonly level: number;
  readonly keyCount: number;
  readonly horizonMs: number;
  /** When its newest key was seen. */
  readonly newestMs: number;
}

export interface SeenRun extends SeenRunRow {
  readonly filter: SeenFilter;
}

/** A bucket in which a key may stand. */
export interface BucketPlace {
  readonly run: number;
  readonly bucket: number;
}

interface FilterRow extends SeenRunRow {
  readonly filter: Buffer;
  readonly checksum: number;
}

interface BucketRow extends BucketPlace {
  readonly entries: Buffer;
  readonly checksum: number;
}

const runMax = 2 ** 47;
/** Buckets of one insert. */
const bucketsPerInsert = 512;

/** The runs of one stream, inside a transaction that has locked its head. */
export class SeenRunRows {
  readonly #transaction: Transaction;
  readonly #sql: HotStatements;
  readonly #stream: StreamRow;

  constructor(transaction: Transaction, sql: HotStatements, stream: StreamRow) {
    this.#transaction = transaction;
    this.#sql = sql;
    this.#stream = stream;
  }

  async list(): Promise<readonly SeenRunRow[]> {
    return this.#transaction.query(this.#sql.seenRuns, this.#key());
  }

  async withFilters(runs: readonly number[]): Promise<readonly SeenRun[]> {
    if (runs.length === 0) return [];
    const values = [...this.#key(), runs];
    const rows = await this.#transaction.query<FilterRow>(this.#sql.seenFilters, values);
    return rows.map(({ filter, checksum, ...run }) => {
      if (runChecksum(run, filter) !== checksum) throw corruptSeenKeys(this.#stream, run.run);
      return { ...run, filter: { bits: filter } };
    });
  }

  /** Its number is drawn, so that one that is rolled back is no later one's. */
  insert(origin: Omit<SeenRunRow, 'run' | 'keyCount'>, entries: SeenEntries): SeenRun {
    const keyCount = entries.length / wordsPerEntry;
    const run: SeenRunRow = { ...origin, run: randomInt(1, runMax), keyCount };
    const filter = newSeenFilter(keyCount);
    for (let at = 0; at < entries.length; at += wordsPerEntry) {
      addToFilter(filter, entries[at + 1] ?? 0, entries[at + 2] ?? 0);
    }
    const bits = Buffer.from(filter.bits.buffer, filter.bits.byteOffset, filter.bits.length);
    const { level, horizonMs, newestMs } = run;
    this.#transaction.send(this.#sql.insertSeenRun, [
      ...this.#key(),
      run.run,
      level,
      keyCount,
      horizonMs,
      newestMs,
      bits,
      runChecksum(run, bits),
    ]);
    this.#insertBuckets(run.run, entries);
    return { ...run, filter };
  }

  /** The keys of each of these buckets, by `run/bucket`. */
  async buckets(places: readonly BucketPlace[]): Promise<ReadonlyMap<string, SeenEntries>> {
    if (places.length === 0) return new Map();
    const rows = await this.#transaction.query<BucketRow>(this.#sql.seenBuckets, [
      ...this.#key(),
      places.map(({ run }) => run),
      places.map(({ bucket }) => bucket),
    ]);
    if (rows.length !== places.length) throw corruptSeenKeys(this.#stream, places[0]?.run);
    return new Map(rows.map((row) => [bucketName(row), this.#checked(row)]));
  }

  async entriesOf(run: SeenRunRow): Promise<readonly SeenEntries[]> {
    const values = [...this.#key(), run.run];
    const rows = await this.#transaction.query<BucketRow>(this.#sql.seenBucketsOfRun, values);
    if (rows.length !== bucketCount(run.keyCount)) throw corruptSeenKeys(this.#stream, run.run);
    return rows.map((row) => this.#checked(row));
  }

  remove({ run }: SeenRunRow): void {
    this.#transaction.send(this.#sql.deleteSeenBuckets, [...this.#key(), run]);
    this.#transaction.send(this.#sql.deleteSeenRun, [...this.#key(), run]);
  }

  #insertBuckets(run: number, entries: SeenEntries): void {
    const rows = spreadOverBuckets(entries).map((bucket, number) => {
      const bytes = entriesToBytes(bucket);
      return [number, bytes, bucketChecksum(run, number, bytes)] as const;
    });
    for (let start = 0; start < rows.length; start += bucketsPerInsert) {
      const some = rows.slice(start, start + bucketsPerInsert);
      const values: SqlValue[] = [...this.#key(), run, ...some.flat()];
      this.#transaction.send(this.#sql.insertSeenBuckets(some.length), values);
    }
  }

  #checked({ run, bucket, entries, checksum }: BucketRow): SeenEntries {
    if (bucketChecksum(run, bucket, entries) === checksum) return entriesFromBytes(entries);
    throw corruptSeenKeys(this.#stream, run);
  }

  #key(): readonly [string, number] {
    return [this.#stream.stream, this.#stream.epoch];
  }
}

/** Where a key of the run stands whose first word is `firstWord`. */
export function placeInRun({ run, keyCount }: SeenRunRow, firstWord: number): BucketPlace {
  return { run, bucket: bucketNumber(firstWord, bucketCount(keyCount)) };
}

export function bucketName({ run, bucket }: BucketPlace): string {
  return `${run}/${bucket}`;
}

function runChecksum(run: SeenRunRow, filter: Uint8Array): number {
  const { level, keyCount, horizonMs, newestMs } = run;
  return crc32(filter, crc32([run.run, level, keyCount, horizonMs, newestMs].join(' ')));
}

function bucketChecksum(run: number, bucket: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(`${run} ${bucket}`));
}

function corruptSeenKeys({ stream }: StreamRow, run: number | undefined): AppError {
  return new AppError(
    'store_corrupt',
    `stream ${stream}, seen keys, run ${run}: missing, or the checksum differs`,
  );
}
