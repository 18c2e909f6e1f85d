import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { systemClock } from '../../cli/system-clock.ts';
import { Secret } from '../../core/secret.ts';
import type { StreamName } from '../../core/stream.ts';
import { openCommitCutter } from '../../testing/commit-cutter.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  runSql,
  startPostgres,
  type PostgresCluster,
} from '../../testing/postgres-cluster.ts';
import type { EventStore } from '../event-store.ts';
import { migrations } from './schema.ts';
import { openPostgresEventStore } from './store.ts';

const stream: StreamName = 'acme/insync';
const all = { events: 1e9, bytes: 1e9 };
/** At which nodes that make the tables stand in line. */
const migrationLock = 0x544c5243_01;

describe('the PostgreSQL event store', { skip: postgresClusterSkip }, () => {
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgres({ isDurable: false });
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const open = (schema: string, port = cluster.port) =>
    openPostgresEventStore({
      url: new Secret(`postgres://tailrace:not-asked-for@127.0.0.1:${port}/postgres`),
      schema,
      clock: systemClock,
      poolSize: 4,
    });

  for (const fate of ['never arrives', 'answer is lost'] as const) {
    it(`stores an append once when its commit's ${fate}`, async () => {
      // Goal: promises 1 and 2 when nobody can tell whether a commit happened. Method: a proxy breaks
      // the connection at the commit, before the server gets it or before its answer comes back.
      await using cutter = await openCommitCutter(cluster.port);
      await using store = await open(newSchemaName(), cutter.port);
      for (let number = 1; number <= 6; number += 1) {
        cutter.fate = number % 2 === 0 ? fate : 'passes';
        const appended = await store.append({ stream, events: [eventOf(number)] });
        assert.equal(appended.firstPosition, number);
      }
      assert.equal(cutter.cuts, 3);
      assert.deepEqual(
        await lines(store),
        [1, 2, 3, 4, 5, 6].map((number) => eventOf(number).json),
      );
    });
  }

  it('stores the first append of a stream once, too, when its answer is lost', async () => {
    await using cutter = await openCommitCutter(cluster.port);
    await using store = await open(newSchemaName(), cutter.port);
    cutter.fate = 'answer is lost';
    const appends = ['acme/insync', 'globex/insync'] as const;
    const answers = await Promise.all(
      appends.map((name) => store.append({ stream: name, events: [eventOf(1), eventOf(2)] })),
    );
    assert.deepEqual(
      answers.map(({ lastPosition }) => lastPosition),
      [2, 2],
    );
    assert.equal(cutter.cuts, 1);
    for (const info of await store.streams()) assert.equal(info.headPosition, 2);
  });

  it('stores once what may be committed when it cannot find that out at first', async () => {
    // Method: the way is closed until the commit is there and the question after it sure to fail once.
    const schema = newSchemaName();
    await using cutter = await openCommitCutter(cluster.port);
    await using store = await open(schema, cutter.port);
    await using watcher = await open(schema);
    await store.append({ stream, events: [eventOf(1)] });
    [cutter.fate, cutter.isClosed] = ['answer is lost', true];
    const appends = Promise.all(
      [2, 3].map((number) => store.append({ stream, events: [eventOf(number)] })),
    );
    await watcher.waitBeyond(stream, 2, 20_000);
    await runSql(
      cluster.url,
      /* sql */ `create sequence ${schema}.asked;
        create function ${schema}.answers() returns boolean language plpgsql as $$
        begin
          if nextval('${schema}.asked') = 1 then raise 'not now'; end if;
          return true;
        end $$;
        alter table ${schema}.append_commit rename to told;
        create view ${schema}.append_commit as select * from ${schema}.told
          where ${schema}.answers()`,
    );
    cutter.isClosed = false;
    assert.deepEqual(
      (await appends).map(({ lastPosition }) => lastPosition),
      [2, 3],
    );
    assert.equal((await lines(watcher)).length, 3);
  });

  it('stores once what shared a commit with a stream that was deleted before it could ask', async () => {
    const schema = newSchemaName();
    await using cutter = await openCommitCutter(cluster.port);
    await using store = await open(schema, cutter.port);
    await using other = await open(schema);
    const streams = ['acme/insync', 'globex/insync'] as const;
    await store.append({ stream, events: [eventOf(1)] });
    [cutter.fate, cutter.isClosed] = ['answer is lost', true];
    const appends = Promise.all(
      streams.map((name) => store.append({ stream: name, events: [eventOf(2)] })),
    );
    await other.waitBeyond('globex/insync', 0, 20_000);
    await other.deleteStream('acme/insync');
    cutter.isClosed = false;
    await appends;
    assert.equal((await other.streamInfo('globex/insync'))?.headPosition, 1);
    assert.equal(await other.streamInfo('acme/insync'), undefined);
  });

  it('goes on reading and waiting when every connection is cut', async () => {
    await using cutter = await openCommitCutter(cluster.port);
    await using store = await open(newSchemaName(), cutter.port);
    await store.append({ stream, events: [eventOf(1)] });
    cutter.cutAll();
    assert.equal((await lines(store)).length, 1);
    const waiting = store.waitBeyond(stream, 1, 20_000);
    cutter.cutAll();
    await store.append({ stream, events: [eventOf(2)] });
    assert.equal(await waiting, 2);
  });

  it('refuses the writes of a node whose lease another one has taken over', async () => {
    await using one = await open(newSchemaName());
    const { leases } = one;
    assert.ok(leases);
    const item = { stream, name: 'source druva' };
    await leases.beat({ node: 'a', home: 'x', works: [item.name], status: '{}' });
    await leases.beat({ node: 'b', home: 'y', works: [item.name], status: '{}' });
    const first = await leases.acquire(item, 'a', 60_000);
    assert.ok(first);
    assert.equal(await leases.acquire(item, 'b', 60_000), undefined);
    let losses = 0;
    const fenced = leases.fenced(first, () => (losses += 1));
    const checkpoint = { source: 'druva', value: '1' };
    await fenced.append({ stream, events: [eventOf(1)], checkpoint });
    await leases.leave('a');
    const second = await leases.acquire(item, 'b', 60_000);
    assert.equal(second?.fence, first.fence + 1);

    const lost = { code: 'lease_lost' };
    const late = { stream, events: [eventOf(2)], checkpoint: { source: 'druva', value: '2' } };
    await assert.rejects(fenced.append(late), lost);
    await assert.rejects(fenced.saveCheckpoint('druva', '2'), lost);
    await assert.rejects(fenced.saveDelivery('siem', stream, { position: 1 }), lost);
    assert.equal(losses, 3);
    assert.equal((await lines(one)).length, 1);
    assert.equal(await one.checkpoint('druva'), '1');
    assert.deepEqual(await one.delivery('siem', stream), { position: 0 });
    await leases.release(first); // another one's by now: nothing happens
    assert.equal((await leases.leases())[0]?.node, 'b');
  });

  it('refuses the writes under a lease of before its stream was deleted', async () => {
    await using store = await open(newSchemaName());
    const { leases } = store;
    assert.ok(leases);
    const item = { stream, name: 'sink siem' };
    const stale = await leases.acquire(item, 'a', 1000);
    assert.ok(stale);
    await store.append({ stream, events: [eventOf(1)] });
    await store.deleteStream(stream);
    const lost = { code: 'lease_lost' };
    const late = () => leases.fenced(stale).saveDelivery('siem', stream, { position: 1 });
    await assert.rejects(late(), lost);
    assert.ok(await leases.acquire(item, 'b', 1000));
    await assert.rejects(late(), lost);
  });

  it('keeps a lease at its home, and gives any other to whoever asks first', async () => {
    await using store = await open(newSchemaName());
    const { leases } = store;
    assert.ok(leases);
    const bound = { stream, name: 'sink siem', home: 'here' };
    const held = await leases.acquire(bound, 'a', 1000); // 'a' gave no sign of life
    assert.ok(held);
    assert.equal(await leases.acquire({ ...bound, home: 'there' }, 'b', 1000), undefined);
    assert.equal((await leases.acquire(bound, 'c', 1000))?.fence, held.fence + 1);
  });

  it('makes its tables once when many open it at the same time', async () => {
    const schema = newSchemaName();
    const stores = await Promise.all([open(schema), open(schema), open(schema)]);
    for (const store of stores) await store.append({ stream, events: [eventOf(1)] });
    for (const store of stores) await store[Symbol.asyncDispose]();
    const versions = await runSql(cluster.url, `select * from ${schema}.store_version`);
    assert.equal(versions.length, 1);
  });

  it('leaves a newer version as it is when it waited for its turn to make the tables', async () => {
    const schema = newSchemaName();
    const newer = new Client({ connectionString: cluster.url.reveal() });
    await newer.connect();
    await newer.query(`begin; select pg_advisory_xact_lock(${migrationLock})`);
    const opening = open(schema);
    const waiting = `select from pg_stat_activity where wait_event = 'advisory'`;
    while ((await runSql(cluster.url, waiting)).length === 0);
    const version = `(one integer primary key, version integer, compatible_with integer)`;
    await newer.query(`create schema ${schema}; create table ${schema}.store_version ${version}`);
    for (const step of migrations(schema)) await newer.query(step);
    await newer.query(`insert into ${schema}.store_version values (1, 99, 1); commit`);
    await newer.end();
    await (await opening)[Symbol.asyncDispose]();
    const kept = await runSql(cluster.url, `select version from ${schema}.store_version`);
    assert.deepEqual(kept, [{ version: 99 }]);
  });

  it('refuses tables that need a newer program, and those of another one', async () => {
    const [newer, foreign] = [newSchemaName(), newSchemaName()];
    await (await open(newer))[Symbol.asyncDispose]();
    const table = `${newer}.store_version`;
    await runSql(cluster.url, `update ${table} set version = 98, compatible_with = 1`);
    await (await open(newer))[Symbol.asyncDispose]();
    await runSql(cluster.url, `update ${table} set version = 99, compatible_with = 99`);
    await assert.rejects(open(newer), { code: 'store_newer', message: /needs .* version 99/ });
    await runSql(cluster.url, `create schema ${foreign} create table stream (x integer)`);
    await assert.rejects(open(foreign), { code: 'store_corrupt', message: /another program/ });
  });

  it('names the database but not the password when it cannot be reached', async () => {
    await using nobody = await openCommitCutter(1);
    await assert.rejects(open(newSchemaName(), nobody.port), (error: Error) => {
      assert.match(error.message, new RegExp(`^postgres://127.0.0.1:${nobody.port}/postgres: `));
      assert.doesNotMatch(error.message, /not-asked-for/);
      return true;
    });
  });

  it('notices a block that was changed', async () => {
    const schema = newSchemaName();
    await using store = await open(schema);
    await store.append({ stream, events: [eventOf(1)] });
    await store.verify();
    const change = `block = set_byte(block, 30, get_byte(block, 30) # 1)`;
    await runSql(cluster.url, `update ${schema}.segment set ${change}`);
    await assert.rejects(store.readAfter(stream, 0, all), { code: 'store_corrupt' });
    await assert.rejects(store.verify(), { code: 'store_corrupt', message: /segment 1/ });
  });
});

function eventOf(number: number) {
  return { id: `e-${number}`, occurredAtMs: number, json: `{"id":"e-${number}"}` };
}

async function lines(store: EventStore): Promise<readonly string[]> {
  const { blocks } = await store.readAfter(stream, 0, all);
  return blocks.flatMap(({ ndjson }) => ndjson.toString().split('\n').slice(0, -1));
}
