import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { meaningOfSqliteError } from './sqlite-error.ts';

const preparedStatementsMax = 200;
/** Longer ones insert many rows at once and hardly come twice. */
const preparedLengthMax = 2_000;

/** What kysely's SQLite driver expects, over `node:sqlite`. Statements are prepared once. */
export class NodeSqlite implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
  }

  prepare(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#explained(() => new NodeSqliteStatement(this.#database.prepare(sql)));
    const explaining: SqliteStatement = {
      reader: statement.reader,
      all: (parameters) => this.#explained(() => statement.all(parameters)),
      run: (parameters) => this.#explained(() => statement.run(parameters)),
      iterate: (parameters) => this.#explained(() => statement.iterate(parameters)),
    };
    if (sql.length > preparedLengthMax) return explaining;
    if (this.#prepared.size >= preparedStatementsMax) this.#prepared.clear();
    this.#prepared.set(sql, explaining);
    return explaining;
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #explained<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw meaningOfSqliteError(error, this.#file);
    }
  }
}

class NodeSqliteStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...parameters.map(toSqlValue));
  }

  run(parameters: readonly unknown[]): ReturnType<StatementSync['run']> {
    return this.#statement.run(...parameters.map(toSqlValue));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...parameters.map(toSqlValue));
  }
}

function toSqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`the directory stores text and numbers only, got ${typeof value}`);
}
