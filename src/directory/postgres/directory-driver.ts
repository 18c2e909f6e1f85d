import { CompiledQuery, PostgresDialect, PostgresDriver } from 'kysely';
import type {
  DatabaseConnection,
  Driver,
  PostgresDialectConfig,
  QueryResult,
  TransactionSettings,
} from 'kysely';
import { isTransient, toStoreError } from '../../postgres/errors.ts';

export interface DirectoryDialectOptions extends PostgresDialectConfig {
  /** For messages. */
  readonly address: string;
  readonly schema: string;
}

/** `TRdi`: at this lock all that write to directories stand in line, whichever node they are on. */
const writeLock = 0x54526469;

/**
 * kysely's PostgreSQL dialect with transactions that stand in line from their beginning: what they
 * read stays true until they commit. The schema is set within each transaction, as poolers that share
 * connections keep no other setting.
 */
export class DirectoryDialect extends PostgresDialect {
  readonly #options: DirectoryDialectOptions;

  constructor(options: DirectoryDialectOptions) {
    super(options);
    this.#options = options;
  }

  override createDriver(): Driver {
    return new DirectoryDriver(this.#options);
  }
}

/** What kysely's driver gives and takes, under a name that it does not export. */
type PlainConnection = Parameters<PostgresDriver['releaseConnection']>[0];

class DirectoryDriver extends PostgresDriver {
  readonly #options: DirectoryDialectOptions;
  readonly #explaining = new WeakMap<DatabaseConnection, DatabaseConnection>();
  readonly #plain = new WeakMap<DatabaseConnection, PlainConnection>();
  /** On which something failed that has to do with the connection. */
  readonly #doubtful = new WeakSet<DatabaseConnection>();

  constructor(options: DirectoryDialectOptions) {
    super(options);
    this.#options = options;
  }

  override async acquireConnection(
    ...options: Parameters<PostgresDriver['acquireConnection']>
  ): Promise<DatabaseConnection> {
    const connection = await this.#explained(() => super.acquireConnection(...options));
    const known = this.#explaining.get(connection);
    if (known) return known;
    const explaining: DatabaseConnection = {
      executeQuery: <R>(...query: Parameters<DatabaseConnection['executeQuery']>) =>
        this.#explained(
          (): Promise<QueryResult<R>> => connection.executeQuery<R>(...query),
          explaining,
        ),
      streamQuery: (...query) => connection.streamQuery(...query),
    };
    this.#explaining.set(connection, explaining);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its own driver gave it
    this.#plain.set(explaining, connection as PlainConnection);
    return explaining;
  }

  override async beginTransaction(
    connection: PlainConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    await super.beginTransaction(connection, settings);
    const { schema } = this.#options;
    const prepare = [
      `set local search_path to ${schema}`,
      `select pg_advisory_xact_lock(${writeLock}, hashtext('${schema}'))`,
    ];
    try {
      for (const sql of prepare) await connection.executeQuery(CompiledQuery.raw(sql));
    } catch (error) {
      // kysely rolls back what it knows to have begun: this would go back to the pool as it is.
      await this.rollbackTransaction(connection).catch(() => {}); // it is then not used again
      throw error;
    }
  }

  override async rollbackTransaction(connection: PlainConnection): Promise<void> {
    await super.rollbackTransaction(this.#plain.get(connection) ?? connection);
    this.#doubtful.delete(connection);
  }

  /** What is in doubt is asked once more: kysely does not use again what has no answer to that. */
  override async releaseConnection(connection: PlainConnection): Promise<void> {
    if (this.#doubtful.has(connection)) await this.rollbackTransaction(connection).catch(() => {});
    await super.releaseConnection(this.#plain.get(connection) ?? connection);
  }

  /** The pool is its owner's. */
  override async destroy(): Promise<void> {}

  async #explained<T>(act: () => Promise<T>, connection?: DatabaseConnection): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (connection && isTransient(error)) this.#doubtful.add(connection);
      throw toStoreError(error, this.#options.address);
    }
  }
}
