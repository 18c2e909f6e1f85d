import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { Secret } from '../../src/core/secret.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import {
  openTestPostgres,
  postgresSkip,
  runSql,
  type TestPostgres,
} from '../../src/testing/postgres-cluster.ts';
import { PostgresSchemas } from '../../src/testing/postgres-schemas.ts';
import { loggedStatements, statementLogSettings } from '../../src/testing/statement-log.ts';
import { refusedFunctions } from './citus-rules.ts';
import { directoryContract } from './directory.ts';
import type { DirectoryPlace } from './directory/ground.ts';

describe('on PostgreSQL', { skip: postgresSkip }, () => {
  let postgres: TestPostgres | undefined;
  let schemas: PostgresSchemas | undefined;
  before(async () => {
    postgres = await openTestPostgres(statementLogSettings);
    const names = { kept: 'directory_version', suffix: '_directory' };
    schemas = new PostgresSchemas(postgres.url, names);
  });
  after(async () => {
    await schemas?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });
  directoryContract({ name: 'PostgreSQL directory', newPlace: () => placeIn(postgres, schemas) });

  it('says nothing that Citus would refuse about a reference table', async (test) => {
    // Method: all that the contract made the directory say is held against what Citus asks.
    const cluster = postgres?.cluster;
    if (!cluster) return test.skip('a given database shows no log');
    const said = await loggedStatements(cluster);
    const changes = said.filter((sql) => /^(?:insert|update|delete) /.test(sql));
    assert.ok(changes.length > 40, `${changes.length} statements`);
    const client = new Client({ connectionString: cluster.url.reveal() });
    await client.connect();
    try {
      for (const sql of changes) assert.deepEqual(await refusedFunctions(client, sql), [], sql);
      return undefined;
    } finally {
      await client.end();
    }
  });
});

async function placeIn(
  postgres: TestPostgres | undefined,
  schemas: PostgresSchemas | undefined,
): Promise<DirectoryPlace> {
  if (!postgres || !schemas) throw new Error('PostgreSQL is not running');
  const { url } = postgres;
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-directory-'));
  const schema = schemas.take();
  const log = { warn: failTest, error: failTest };
  return {
    open: (clock) => openDirectory({ folder, postgres: { url, schema }, clock, log }),
    // What statements can see: a given database shows no files.
    storedBytes: () => everyRow(url, `${schema}_directory`),
    async [Symbol.asyncDispose]() {
      await schemas.giveBack(schema);
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
