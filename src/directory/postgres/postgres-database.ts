import { Kysely, sql } from 'kysely';
import { Pool } from 'pg';
import { AppError } from '../../core/errors.ts';
import { findCitus, oneConnectionEach } from '../../postgres/citus.ts';
import { publicAddress } from '../../postgres/connection-string.ts';
import { codeOf, toStoreError } from '../../postgres/errors.ts';
import { postgresDefaults, type PostgresOptions } from '../../postgres/options.ts';
import { poolConfig } from '../../postgres/pool-config.ts';
import { rowTypes } from '../../postgres/row-types.ts';
import type { Commits, DirectoryDatabase, Reader, Writer } from '../database.ts';
import type { Tables } from '../tables.ts';
import { DirectoryDialect } from './directory-driver.ts';

/** Writers stand in line; on one connection they do so in the order in which they came. */
const writersMax = 1;
const readersMax = 4;

/** invalid_parameter_value: the server's transactions have not come as far; it is a copy from before. */
const unknownTransaction = '22023';

/**
 * Opens the directory's schema in a PostgreSQL database, making it when it is not there. Beside the
 * events' schema, whose name it has with `_directory`: so the two can be backed up and granted apart.
 */
export async function openPostgresDatabase(options: PostgresOptions): Promise<DirectoryDatabase> {
  const database = new PostgresDirectoryDatabase(options);
  try {
    await database.prepare();
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw toStoreError(error, database.name);
  }
}

class PostgresDirectoryDatabase implements DirectoryDatabase {
  readonly name: string;
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  readonly commits: Commits = {
    idOf: async (transaction) => {
      const { rows } = await sql<{ id: string }>`select pg_current_xact_id()::text as id`.execute(
        transaction,
      );
      return rows[0]?.id ?? '';
    },
    has: (transactionId) => this.#hasCommitted(transactionId),
  };
  readonly #schema: string;
  readonly #pools: readonly Pool[];
  #closing: Promise<unknown> | undefined;

  constructor(options: PostgresOptions) {
    const address = publicAddress(options.url);
    const schema = `${options.schema ?? postgresDefaults.schema}_directory`;
    const newPool = (max: number): Pool => {
      const pool = new Pool({ ...poolConfig(options), max, types: rowTypes });
      pool.on('error', () => {}); // a connection that dies is replaced when one is needed
      pool.on('connect', (client) => client.on('error', () => {}));
      return pool;
    };
    const over = (pool: Pool): Kysely<Tables> =>
      new Kysely<Tables>({ dialect: new DirectoryDialect({ pool, address, schema }) });
    const [reading, writing] = [newPool(readersMax), newPool(writersMax)];
    this.name = `${address} (schema ${schema})`;
    this.#schema = schema;
    this.reader = over(reading).withSchema(schema);
    this.writer = over(writing);
    this.#pools = [reading, writing];
  }

  async #hasCommitted(transactionId: string): Promise<boolean> {
    try {
      const { rows } = await sql<{ status: string | null }>`
        select pg_xact_status(${transactionId}::xid8) as status`.execute(this.reader);
      if (rows[0]?.status !== 'in progress') return rows[0]?.status === 'committed';
    } catch (error) {
      if (error instanceof AppError && codeOf(error.cause) === unknownTransaction) return false;
      throw error;
    }
    throw new AppError('store_unavailable', `${this.name}: a transaction has not ended yet`);
  }

  /** Makes the schema with its table of one row, the version. */
  async prepare(): Promise<void> {
    const known = await this.#tableNames(this.reader);
    if (known.includes('directory_version')) return;
    if (known.length > 0) {
      throw new AppError('store_corrupt', `${this.name} holds the tables of another program`);
    }
    await this.writer.transaction().execute(async (transaction) => {
      const schema = sql.id(this.#schema);
      await sql`create schema if not exists ${schema}`.execute(transaction);
      await sql`create table if not exists ${schema}.directory_version (
        one integer primary key check (one = 1), version integer not null)`.execute(transaction);
    });
  }

  /** Asking the server what changed is a question like any other. */
  changeStamp(): undefined {
    return undefined;
  }

  async schemaVersion(connection: Reader): Promise<number> {
    const { rows } = await sql<{ version: number }>`
      select version from ${sql.id(this.#schema)}.directory_version`.execute(connection);
    return rows[0]?.version ?? 0;
  }

  async setSchemaVersion(transaction: Writer, version: number): Promise<void> {
    const table = sql`${sql.id(this.#schema)}.directory_version`;
    const set = sql`insert into ${table} values (1, ${version})
      on conflict (one) do update set version = ${version}`;
    await set.execute(transaction);
    await this.#shareWithWorkers(transaction);
  }

  /** Old versions of rows go with a vacuum; the server's log keeps them until it is recycled. */
  async scrub(): Promise<void> {
    for (const table of await this.#tableNames(this.reader)) {
      const name = sql`${sql.id(this.#schema)}.${sql.id(table)}`;
      await this.reader.connection().execute(async (connection) => {
        await sql`vacuum ${name}`.execute(connection);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= Promise.all(this.#pools.map((pool) => pool.end()));
    await this.#closing;
  }

  /**
   * On Citus every machine gets a copy: the directory is small, read often and written seldom. Tables
   * that refer to each other cannot be turned one after the other, so their keys go for the moment.
   */
  async #shareWithWorkers(transaction: Writer): Promise<void> {
    const { rows: citus } = await sql.raw(findCitus).execute(transaction);
    if (citus.length === 0) return;
    const local = await this.#localTables(transaction);
    await sql.raw(oneConnectionEach).execute(transaction);
    const keys = await this.#foreignKeys(transaction, local);
    for (const { table, name } of keys) {
      await sql`alter table ${sql.id(table)} drop constraint ${sql.id(name)}`.execute(transaction);
    }
    for (const name of local) {
      await sql`select create_reference_table(${`${this.#schema}.${name}`})`.execute(transaction);
    }
    for (const { table, name, definition } of keys) {
      const key = sql`add constraint ${sql.id(name)} ${sql.raw(definition)}`;
      await sql`alter table ${sql.id(table)} ${key}`.execute(transaction);
    }
  }

  /** Of which no other machine has a copy. */
  async #localTables(transaction: Writer): Promise<readonly string[]> {
    const { rows } = await sql<{ name: string }>`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${this.#schema} and c.relkind = 'r' and not exists (
        select 1 from pg_dist_partition p where p.logicalrelid = c.oid and p.repmodel = 't')
      order by c.oid`.execute(transaction);
    return rows.map(({ name }) => name);
  }

  /** The transaction's search path names the schema, so definitions do not. */
  async #foreignKeys(transaction: Writer, tables: readonly string[]) {
    const { rows } = await sql<{ table: string; name: string; definition: string }>`
      select c.relname as table, f.conname as name, pg_get_constraintdef(f.oid) as definition
      from pg_constraint f join pg_class c on c.oid = f.conrelid
        join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${this.#schema} and f.contype = 'f' order by f.oid`.execute(transaction);
    return rows.filter(({ table }) => tables.includes(table));
  }

  async #tableNames(connection: Reader): Promise<readonly string[]> {
    const { rows } = await sql<{ tablename: string }>`
      select tablename from pg_tables where schemaname = ${this.#schema}
      order by tablename`.execute(connection);
    return rows.map(({ tablename }) => tablename);
  }
}
