import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';
import { createDatabase, pageBytes } from './create-database.ts';
import { prepareQuery, readPragma } from './query.ts';
import { applicationId, migrations, schema, schemaVersion } from './schema.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly fileBytesMax: number | undefined;
  /** Files up to this size are read through when they are opened; larger ones as they are used. */
  readonly quickCheckBytesMax?: number;
}

/** Some milliseconds of reading. */
const quickCheckBytesMaxDefault = 4 * 1024 ** 2;

/**
 * Opens the store's file, creating it when it is not there. Throws `store_corrupt` for a file that
 * is not a store, `store_newer`, or what the file system or SQLite threw.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  if (!existsSync(options.file)) createDatabase(options.file);
  // Every new file gets its name only when its tables are in it: an empty one lost them.
  if (statSync(options.file).size === 0) {
    throw new AppError('store_corrupt', `${options.file}: the file is empty`);
  }
  const database = connect(options);
  try {
    migrate(database);
    assertOurs(database, options.file);
    const { quickCheckBytesMax = quickCheckBytesMaxDefault } = options;
    if (statSync(options.file).size <= quickCheckBytesMax) quickCheck(database, options.file);
    // A stream whose name its index does not find would begin anew.
    checkIntegrity(database, options.file, 'stream');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A further connection to a store that this process has opened. */
export function connect({ file, busyTimeoutMs, fileBytesMax }: DatabaseOptions): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    database.exec(/* sql */ `
      pragma synchronous = full; -- append() promises durability, so a commit must reach the disk
      pragma wal_autocheckpoint = 4000; -- 16 MiB: every page is copied once per many commits
      pragma journal_size_limit = 67108864;
      pragma cache_size = -2000; -- KiB: what is read again stays in the system's memory
      pragma cell_size_check = on;
      pragma temp_store = memory;
      pragma trusted_schema = off;
      pragma secure_delete = fast; -- overwrite what is deleted in pages that are written anyway
    `);
    if (fileBytesMax !== undefined) {
      database.exec(`pragma max_page_count = ${Math.floor(fileBytesMax / pageBytes)}`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads every page's structure. Throws `store_corrupt` with SQLite's first finding. */
export function quickCheck(database: DatabaseSync, file: string): void {
  check(database, file, 'quick_check', 1);
}

/** As `quickCheck`, and compares every index with its table, or those of one table. */
export function checkIntegrity(database: DatabaseSync, file: string, table?: 'stream'): void {
  check(database, file, 'integrity_check', table ?? 1);
}

function check(
  database: DatabaseSync,
  file: string,
  pragma: 'quick_check' | 'integrity_check',
  of: 'stream' | 1,
): void {
  const query = prepareQuery<Record<string, string>>(database, `pragma ${pragma}(${of})`);
  const finding = query.get()?.[pragma];
  if (finding === 'ok') return;
  throw new AppError('store_corrupt', `${file}: ${finding ?? `${pragma} said nothing`}`);
}

/** Runs `work` under the write lock: all of it is committed when this returns, or none. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors, such as a full disk.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

/** Runs `work` on one snapshot, whatever is committed meanwhile. */
export function snapshot<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin');
  try {
    return work();
  } finally {
    if (database.isTransaction) database.exec('commit');
  }
}

const vacuumPagesPerStep = 1024;

/**
 * Gives some free pages back to the file system; `pagesLeft` stay for the next appends. False when
 * there are no more: then the file has its new size, and for 0 the log holds no old contents.
 */
export function vacuumStep(database: DatabaseSync, pagesLeft: number): boolean {
  const free = Number(readPragma(database, 'freelist_count'));
  if (free > pagesLeft) {
    database.exec(`pragma incremental_vacuum(${Math.min(vacuumPagesPerStep, free - pagesLeft)})`);
    return true;
  }
  database.exec(pagesLeft === 0 ? 'pragma wal_checkpoint(truncate)' : 'pragma wal_checkpoint');
  return false;
}

/** Brings a file of an earlier version up to this one; of two processes that open it, one does. */
function migrate(database: DatabaseSync): void {
  const pending = () => migrations[Number(readPragma(database, 'user_version'))];
  while (readPragma(database, 'application_id') === applicationId && pending() !== undefined) {
    transaction(database, () => {
      const version = Number(readPragma(database, 'user_version'));
      const step = migrations[version];
      if (step !== undefined) database.exec(`${step}; pragma user_version = ${version + 1}`);
    });
  }
}

function assertOurs(database: DatabaseSync, file: string): void {
  if (readPragma(database, 'application_id') !== applicationId) {
    throw new AppError('store_corrupt', `${file}: this is not an event store of Tailrace`);
  }
  const version = Number(readPragma(database, 'user_version'));
  if (version > schemaVersion) {
    throw new AppError(
      'store_newer',
      `${file}: written with store version ${version}, this program knows up to ${schemaVersion}`,
    );
  }
  if (version !== schemaVersion) {
    throw new AppError('store_corrupt', `${file}: unknown store version ${version}`);
  }
  if (tableDefinitions(database) !== intendedDefinitions()) {
    throw new AppError('store_corrupt', `${file}: the definitions of its tables are damaged`);
  }
}

function tableDefinitions(database: DatabaseSync): string {
  const sql = 'select sql from sqlite_schema where sql is not null order by name';
  return prepareQuery<{ sql: string }>(database, sql)
    .all()
    .map((row) => row.sql)
    .join(';');
}

function intendedDefinitions(): string {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(schema);
    return tableDefinitions(database);
  } finally {
    database.close();
  }
}
