import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { AppError, errorMessage } from '../../core/errors.ts';
import type { DirectoryDatabase, Reader, Writer } from '../database.ts';
import type { Tables } from '../tables.ts';
import { ImmediateDialect, whenNotBusy } from './immediate-dialect.ts';
import { NodeSqlite } from './node-sqlite.ts';
import { meaningOfSqliteError } from './sqlite-error.ts';

/** In SQLite's header: this file is a directory of Tailrace ("TRdi"). */
const applicationId = 0x54526469;

/** Only for moments such as recovery after a crash; waiting for writers is `whenNotBusy`'s. */
const busyTimeoutMs = 50;

const writerSettings = /* sql */ `
  pragma synchronous = full; -- a credential that was shown must survive power loss
  pragma secure_delete = on; -- what was deleted or replaced is overwritten in the file
`;
const readerSettings = /* sql */ `
  pragma query_only = on;
`;

/**
 * Opens or creates the file, mode 0600, in a folder that is created with mode 0700. Throws
 * `store_corrupt` when it is no database or another program's, `directory_unwritable`.
 */
export async function openSqliteDatabase(file: string): Promise<DirectoryDatabase> {
  await createPrivately(file);
  const connections: DatabaseSync[] = [];
  try {
    const writing = connect(file, connections);
    assertOurs(writing, file);
    await whenNotBusy(() => writing.exec('pragma journal_mode = wal'));
    writing.exec(writerSettings);
    const reading = connect(file, connections);
    reading.exec(readerSettings);
    return new SqliteDirectoryDatabase(file, writing, reading);
  } catch (error) {
    for (const connection of connections) connection.close();
    throw meaningOfSqliteError(error, file);
  }
}

class SqliteDirectoryDatabase implements DirectoryDatabase {
  readonly name: string;
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  readonly #connections: readonly DatabaseSync[];
  readonly #writing: DatabaseSync;
  readonly #dataVersion: StatementSync;

  constructor(file: string, writing: DatabaseSync, reading: DatabaseSync) {
    this.name = file;
    this.reader = kyselyOver(reading, file);
    this.writer = kyselyOver(writing, file);
    this.#connections = [reading, writing];
    this.#writing = writing;
    this.#dataVersion = reading.prepare('pragma data_version');
  }

  /** SQLite counts for the reading connection the commits of all others, ours included. */
  changeStamp(): number {
    try {
      return Number(this.#dataVersion.get()?.['data_version']);
    } catch (error) {
      throw meaningOfSqliteError(error, this.name);
    }
  }

  async schemaVersion(connection: Reader): Promise<number> {
    const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(connection);
    return rows[0]?.user_version ?? 0;
  }

  async setSchemaVersion(transaction: Writer, version: number): Promise<void> {
    await sql`pragma application_id = ${sql.lit(applicationId)}`.execute(transaction);
    await sql`pragma user_version = ${sql.lit(version)}`.execute(transaction);
  }

  /** Overwritten pages live on in the write-ahead log until it is emptied. */
  async scrub(): Promise<void> {
    await this.writer.connection().execute(async () => {
      this.#writing.exec('pragma wal_checkpoint(truncate)');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader.destroy();
    await this.writer.destroy();
    for (const connection of this.#connections) if (connection.isOpen) connection.close();
  }
}

function connect(file: string, connections: DatabaseSync[]): DatabaseSync {
  const connection = new DatabaseSync(file, {
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
  });
  connections.push(connection);
  return connection;
}

function kyselyOver(connection: DatabaseSync, file: string): Kysely<Tables> {
  const database = new NodeSqlite(connection, file);
  return new Kysely<Tables>({ dialect: new ImmediateDialect({ database }) });
}

/** An empty file is ours to fill; a database of another program is not. */
function assertOurs(connection: DatabaseSync, file: string): void {
  const id = connection.prepare('pragma application_id').get()?.['application_id'];
  const tables = connection.prepare('select count(*) as count from sqlite_schema').get()?.['count'];
  if (id === applicationId || tables === 0) return;
  throw new AppError('store_corrupt', `${file} is the database of another program`);
}

/** SQLite gives its -wal and -shm files the mode of the database file. */
async function createPrivately(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
    await chmod(file, 0o600);
  } catch (error) {
    throw new AppError(
      'directory_unwritable',
      `${file} cannot be created or written: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}
