import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import type { Secret } from '../../src/core/secret.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import {
  newSchemaName,
  openTestPostgres,
  postgresSkip,
  runSql,
} from '../../src/testing/postgres-cluster.ts';
import { directoryContract } from './directory.ts';
import type { DirectoryPlace } from './directory/ground.ts';

type TestPostgres = Awaited<ReturnType<typeof openTestPostgres>>;

describe('on PostgreSQL', { skip: postgresSkip }, () => {
  let postgres: TestPostgres | undefined;
  before(async () => {
    postgres = await openTestPostgres();
  });
  after(async () => postgres?.[Symbol.asyncDispose]());
  directoryContract({ name: 'PostgreSQL directory', newPlace: () => newSchema(postgres) });
});

async function newSchema(postgres: TestPostgres | undefined): Promise<DirectoryPlace> {
  if (postgres === undefined) throw new Error('PostgreSQL is not running');
  const { url } = postgres;
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-directory-'));
  const schema = newSchemaName();
  const log = { warn: failTest, error: failTest };
  return {
    open: (clock) => openDirectory({ folder, postgres: { url, schema }, clock, log }),
    // What statements can see: a given database shows no files.
    storedBytes: () => everyRow(url, `${schema}_directory`),
    async [Symbol.asyncDispose]() {
      await runSql(url, `drop schema if exists ${schema}_directory cascade`);
      await rm(folder, { recursive: true });
    },
  };
}

async function everyRow(url: Secret, schema: string): Promise<Buffer> {
  const tables = await runSql(
    url,
    `select tablename from pg_tables where schemaname = '${schema}'`,
  );
  const rows = await Promise.all(
    tables.map((table) => runSql(url, `select * from ${schema}.${Object(table).tablename}`)),
  );
  return Buffer.from(JSON.stringify(rows));
}

/** Nothing in the contract is worth an operator's attention. */
function failTest(fields: object, message: string): never {
  throw new Error(`${message}: ${JSON.stringify(fields)}`);
}
