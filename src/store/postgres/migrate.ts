import { AppError } from '../../core/errors.ts';
import { findCitus } from '../../postgres/citus.ts';
import type { PostgresDatabase, Transaction } from './database.ts';
import { citusDistribution, compatibleVersion, migrations, schemaVersion } from './schema.ts';

/** `TLRC` and one: migrations of all nodes stand in line at this lock. */
const migrationLock = 0x544c5243_01;

interface VersionRow {
  readonly version: number;
  readonly compatible_with: number;
}

/**
 * Makes the tables, or brings them up to this version: in one transaction, one node at a time. Nodes
 * of earlier versions go on meanwhile, as migrations only add. Rejects with `store_newer` when the
 * tables are no longer fit for this version, with `store_corrupt` when the schema is not ours.
 */
export async function migrate(database: PostgresDatabase): Promise<void> {
  const { address, schema } = database;
  const found = await findVersion(database, (sql) => database.read(sql, [schema]));
  if (found) assertCompatible(found, address);
  if (found && found.version >= schemaVersion) return;
  await database.transaction(async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock($1)', [migrationLock]);
    const now = await findVersion(database, (sql) => transaction.query(sql, [schema]));
    if (now) assertCompatible(now, address);
    if (now && now.version >= schemaVersion) return; // another node was first, perhaps a newer one
    await upgrade(transaction, schema, now?.version ?? 0);
  });
}

async function upgrade(transaction: Transaction, schema: string, from: number): Promise<void> {
  if (from === 0) {
    transaction.send(`create schema if not exists ${schema}`, []);
    transaction.send(
      /* sql */ `create table ${schema}.store_version (
        one integer primary key check (one = 1), version integer not null, compatible_with integer not null)`,
      [],
    );
  }
  for (const step of migrations(schema).slice(from)) transaction.send(step, []);
  if (from === 0 && (await hasCitus(transaction))) {
    for (const step of citusDistribution(schema)) transaction.send(step, []);
    transaction.send(`select create_reference_table('${schema}.store_version')`, []);
  }
  await transaction.query(
    /* sql */ `insert into ${schema}.store_version values (1, $1, $2)
      on conflict (one) do update set version = $1, compatible_with = $2`,
    [schemaVersion, compatibleVersion],
  );
}

async function hasCitus(transaction: Pick<Transaction, 'query'>): Promise<boolean> {
  return (await transaction.query(findCitus, [])).length > 0;
}

async function findVersion(
  { schema, address }: PostgresDatabase,
  query: (sql: string) => Promise<readonly unknown[]>,
): Promise<VersionRow | undefined> {
  const names = await query('select tablename from pg_tables where schemaname = $1');
  if (names.length === 0) return undefined;
  const isOurs = names.some((row) => Object(row).tablename === 'store_version');
  if (!isOurs) {
    throw new AppError(
      'store_corrupt',
      `${address}: the schema ${schema} holds the tables of another program`,
    );
  }
  const rows = await query(
    `select version, compatible_with from ${schema}.store_version where $1 <> ''`,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the select list above
  return rows[0] as VersionRow | undefined;
}

function assertCompatible({ version, compatible_with: oldest }: VersionRow, address: string): void {
  if (oldest <= schemaVersion) return;
  throw new AppError(
    'store_newer',
    `${address}: the store has version ${version} and needs a program that knows version ${oldest}; this one knows ${schemaVersion}`,
  );
}
