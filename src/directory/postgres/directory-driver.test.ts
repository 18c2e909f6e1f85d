import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { systemClock } from '../../cli/system-clock.ts';
import { Secret } from '../../core/secret.ts';
import { openCommitCutter } from '../../testing/commit-cutter.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  startPostgres,
  type PostgresCluster,
} from '../../testing/postgres-cluster.ts';
import type { Directory } from '../directory.ts';
import { openDirectory } from '../open-directory.ts';

const actor = { name: 'cli:tester' };
/** At which writers stand in line. */
const writeLock = 0x54526469;
const unavailable = { code: 'store_unavailable' };

describe('the connections of a PostgreSQL directory', { skip: postgresClusterSkip }, () => {
  let cluster: PostgresCluster;
  let folder = '';
  before(async () => {
    cluster = await startPostgres({ isDurable: false });
    folder = await mkdtemp(join(tmpdir(), 'tailrace-directory-'));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (schema: string, port = cluster.port) => {
    const made = await openWith({ schema }); // the tables, which may take their time
    await made[Symbol.asyncDispose]();
    return openWith({ schema, statementTimeoutMs: 300 }, port);
  };
  const openWith = (
    options: { readonly schema: string; readonly statementTimeoutMs?: number },
    port = cluster.port,
  ) => {
    const url = new Secret(`postgres://tailrace@127.0.0.1:${port}/postgres`);
    return openDirectory({
      folder,
      postgres: { url, ...options },
      clock: systemClock,
      log: { warn() {}, error() {} },
    });
  };

  it('are fit for the next change when one stood in line longer than a statement may', async () => {
    const schema = newSchemaName();
    await using directory = await open(schema);
    await createTenant(directory, 'acme');
    const other = new Client({ connectionString: cluster.url.reveal() });
    await other.connect();
    const line = `pg_advisory_xact_lock(${writeLock}, hashtext('${schema}_directory'))`;
    await other.query(`begin; select ${line}`);
    await assert.rejects(createTenant(directory, 'globex'), unavailable);
    await other.end();
    await createTenant(directory, 'globex');
  });

  it('are given up when they fall silent', async () => {
    await using line = await openCommitCutter(cluster.port);
    await using directory = await open(newSchemaName(), line.port);
    await createTenant(directory, 'globex'); // by the connection that is for changes
    line.muteAll();
    await assert.rejects(createTenant(directory, 'acme'), unavailable);
    await createTenant(directory, 'acme');
    line.muteAll();
    await assert.rejects(directory.tenants(), unavailable);
    assert.equal((await directory.tenants()).length, 2);
  });
});

function createTenant(directory: Directory, id: string) {
  return directory.createTenant({ id, title: id, edition: 'Elite' }, actor);
}
