import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Secret } from '../core/secret.ts';
import { openCommitCutter } from '../testing/commit-cutter.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  startPostgres,
  type PostgresCluster,
} from '../testing/postgres-cluster.ts';
import { readAuditTrail } from './audit-trail.ts';
import { lastUses } from './credential-uses.ts';
import type { DirectoryDatabase } from './database.ts';
import type { Pull } from './directory.ts';
import { openDirectory } from './open-directory.ts';
import { openPostgresDatabase } from './postgres/postgres-database.ts';
import { PullRecorder } from './pull-recorder.ts';
import { openSqliteDatabase } from './sqlite/sqlite-database.ts';

let folder = '';
let logged: string[] = [];
const log = {
  warn: (_: object, message: string) => void logged.push(`warn: ${message}`),
  error: (_: object, message: string) => void logged.push(`error: ${message}`),
};

beforeEach(async () => {
  logged = [];
  folder = await mkdtemp(join(tmpdir(), 'tailrace-pulls-'));
  const clock = new ManualClock();
  await using directory = await openDirectory({ folder, clock, log });
  await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, { name: 'x' });
  await directory.trimAudit(clock.nowMs() + 1);
});
afterEach(() => rm(folder, { recursive: true }));

describe('pull recorder', () => {
  it('writes what waits after a second, in one commit', async () => {
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    const clock = new ManualClock();
    await using recorder = new PullRecorder(database, clock, log);
    for (let count = 0; count < 10; count++) recorder.record(pull('acme'));
    assert.deepEqual(clock.sleeps, [1000]);
    assert.equal(await entryCount(database), 0);
    const stamp = database.changeStamp();
    clock.advance(1000);
    await behindOthers(database);
    assert.equal(await entryCount(database), 10);
    assert.notEqual(database.changeStamp(), stamp);
  });

  it('writes 1,000 without waiting for the second', async () => {
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    await using recorder = new PullRecorder(database, new ManualClock(), log);
    for (let count = 0; count < 1000; count++) recorder.record(pull('acme'));
    await behindOthers(database);
    assert.equal(await entryCount(database), 1000);
  });

  it('drops what is beyond 10,000 and says how many', async () => {
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    await using recorder = new PullRecorder(database, new ManualClock(), log);
    for (let count = 0; count < 10_003; count++) recorder.record(pull('acme'));
    await recorder.flush();
    const [newest] = await readAuditTrail(database.reader, undefined, 1);
    assert.equal(newest?.action, 'dropped audit entries');
    assert.equal(newest.detail, '3 pulls came faster than they could be written');
    assert.equal(newest.outcome, 'failure');
    assert.equal(await entryCount(database), 10_001);
    assert.deepEqual(logged, ['warn: pulls came too fast for the audit trail']);
  });

  it('keeps what could not be written, says so once, and writes it later', async () => {
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    let isBroken = true;
    const breaking: DirectoryDatabase = Object.create(database, {
      writer: {
        get: () => {
          if (isBroken) throw new Error('disk full');
          return database.writer;
        },
      },
    });
    await using recorder = new PullRecorder(breaking, new ManualClock(), log);
    recorder.record(pull('acme'));
    await recorder.flush();
    recorder.record(pull('acme'));
    await recorder.flush();
    assert.equal(await entryCount(database), 0);
    assert.deepEqual(logged, ['error: the audit trail cannot be written']);
    isBroken = false;
    await recorder.flush();
    assert.equal(await entryCount(database), 2);
  });

  it('says what is lost when the end comes before it could be written', async () => {
    const database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    const recorder = new PullRecorder(database, new ManualClock(), log);
    await database[Symbol.asyncDispose]();
    recorder.record(pull('acme'));
    await recorder[Symbol.asyncDispose]();
    assert.deepEqual(logged, [
      'error: the audit trail cannot be written',
      'error: audit entries of pulls are lost',
    ]);
  });

  it('writes nothing for a tenant that is no more', async () => {
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    await using recorder = new PullRecorder(database, new ManualClock(), log);
    recorder.record(pull('gone'));
    recorder.record(pull('acme'));
    await recorder.flush();
    assert.equal(await entryCount(database), 1);
  });
});

describe('pull recorder on PostgreSQL', { skip: postgresClusterSkip }, () => {
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgres({ isDurable: false });
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  for (const fate of ['never arrives', 'answer is lost'] as const) {
    it(`writes a pull and its use once when the commit's ${fate}`, async () => {
      await using cutter = await openCommitCutter(cluster.port);
      const url = new Secret(`postgres://tailrace@127.0.0.1:${cutter.port}/postgres`);
      const [postgres, clock] = [{ url, schema: newSchemaName() }, new ManualClock()];
      await using directory = await openDirectory({ folder, postgres, clock, log });
      await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, { name: 'x' });
      await using database = await openPostgresDatabase(postgres);
      await using recorder = new PullRecorder(database, clock, log);
      const principal = { tenant: 'acme', kind: 'token', name: 'ada' } as const;
      const atMs = clock.nowMs();
      recorder.record({ ...pull('acme'), events: 7, atMs, use: { principal, feed: 'insync' } });
      cutter.fate = fate;
      await recorder.flush();
      assert.equal(cutter.cuts, 1);
      recorder.record({ ...pull('acme'), atMs });
      await untilWritten(recorder, database, 3);
      const actions = (await readAuditTrail(database.reader, 'acme', 10)).map((e) => e.action);
      assert.deepEqual(actions, ['pulled events', 'pulled events', 'created the tenant']);
      assert.equal((await lastUses(database.reader, 'acme', atMs))[0]?.events24h, 7);
      await recorder.flush();
      assert.equal(await entryCount(database), 3);
    });
  }

  it('takes what a server that was put back does not know for not written', async () => {
    const postgres = { url: cluster.url, schema: newSchemaName() };
    await using database = await openPostgresDatabase(postgres);
    assert.equal(await database.commits?.has('999999999'), false);
  });
});

/** The server may need a moment to see that a line is cut, and to end what was under way on it. */
async function untilWritten(recorder: PullRecorder, database: DirectoryDatabase, entries: number) {
  while ((await entryCount(database)) < entries) await recorder.flush();
}

function pull(tenant: string): Pull {
  return { tenant, actor: { name: 'x' }, api: 'streams', status: 200, events: 1, atMs: 5 };
}

async function entryCount(database: DirectoryDatabase): Promise<number> {
  return (await readAuditTrail(database.reader, undefined, 100_000)).length;
}

/** Stands in line behind a write that has begun: the first turn lets it begin. */
async function behindOthers({ writer }: DirectoryDatabase): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await writer.transaction().execute(async (transaction) => {
      await transaction.selectFrom('tenant').select('id').execute();
    });
  }
}
