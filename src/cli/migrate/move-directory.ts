import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { AppError } from '../../core/errors.ts';
import type { DirectoryDatabase, Reader, Writer } from '../../directory/database.ts';
import { migrate } from '../../directory/migrations.ts';
import { openPostgresDatabase } from '../../directory/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../directory/sqlite/sqlite-database.ts';
import type { PostgresOptions } from '../../postgres/options.ts';

const rowsPerPage = 2_000;
const rowsPerInsert = 200;

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

/**
 * Copies tenants, people, credentials and settings in one transaction. Sealed values stay sealed: the
 * same master key opens them, and the same cursors stay valid. Tells `onRows` how many there are so
 * far. Returns how many there were; undefined when there is no directory, or it was copied before.
 */
export async function moveDirectory(
  folder: string,
  postgres: PostgresOptions,
  onRows: (rows: number) => void,
): Promise<number | undefined> {
  const file = join(folder, 'directory.sqlite');
  if (!(await exists(file))) return undefined;
  await using source = await openSqliteDatabase(file);
  await using target = await openPostgresDatabase(postgres);
  for (const database of [source, target]) await migrate(database);
  // Awaited here: both databases are open until then.
  return await target.writer.transaction().execute(async (transaction) => {
    const [from, to] = [await installationName(source.reader), await installationName(transaction)];
    if (from === undefined || from === to) return undefined;
    if (to !== undefined) {
      throw new AppError('already_exists', `${target.name} holds another directory`);
    }
    return copyTables(source, transaction, onRows);
  });
}

async function copyTables(
  source: DirectoryDatabase,
  transaction: Writer,
  onRows: (rows: number) => void,
): Promise<number> {
  let count = 0;
  for (const table of await tablesInOrder(source.reader)) {
    const columns = await columnsOf(source.reader, table);
    for await (const rows of pagesOf(source.reader, table, columns)) {
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        const some = rows.slice(start, start + rowsPerInsert);
        await insert(transaction, table, columns, some);
      }
      count += rows.length;
      onRows(count);
    }
  }
  return count;
}

/** An audit trail has millions of rows, and the server does not wait until all of them are read. */
async function* pagesOf(
  connection: Reader,
  table: string,
  columns: readonly string[],
): AsyncGenerator<readonly Row[]> {
  const names = sql.join(columns.map((column) => sql.id(column)));
  for (let last: Value | undefined = 0, isFull = true; isFull;) {
    const { rows }: { rows: readonly Row[] } = await sql<Row>`
      select ${names}, rowid as ${sql.id(rowNumber)} from ${sql.table(table)}
      where rowid > ${last} order by rowid limit ${rowsPerPage}`.execute(connection);
    if (rows.length > 0) yield rows;
    last = rows.at(-1)?.[rowNumber];
    isFull = rows.length === rowsPerPage;
  }
}

/** No column is called so. */
const rowNumber = 'number of the row';

async function columnsOf(connection: Reader, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from pragma_table_info(${table}) order by cid`.execute(connection);
  return rows.map(({ name }) => name);
}

async function insert(
  transaction: Writer,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const tuples = rows.map(
    (row) => sql`(${sql.join(columns.map((column) => sql.val(row[column] ?? null)))})`,
  );
  const names = sql.join(columns.map((column) => sql.id(column)));
  await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(tuples)}`.execute(
    transaction,
  );
}

/** Every table behind those that it refers to. */
async function tablesInOrder(connection: Reader): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`.execute(
    connection,
  );
  const references = new Map<string, readonly string[]>();
  for (const { name } of rows) {
    const found = await sql<{ table: string }>`
      select "table" from pragma_foreign_key_list(${name})`.execute(connection);
    references.set(
      name,
      found.rows.map(({ table }) => table),
    );
  }
  const ordered = new Set<string>();
  const add = (name: string): void => {
    if (ordered.has(name)) return;
    for (const other of references.get(name) ?? []) if (other !== name) add(other);
    ordered.add(name);
  };
  for (const { name } of rows) add(name);
  return [...ordered];
}

async function installationName(connection: Reader): Promise<string | undefined> {
  const row = await connection.selectFrom('installation').select('name').executeTakeFirst();
  return row?.name;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
