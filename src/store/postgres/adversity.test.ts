/** What a server, a pooler or a newer version of this program may do to a store, and what becomes of it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { systemClock } from '../../cli/system-clock.ts';
import type { Clock } from '../../core/clock.ts';
import { Secret } from '../../core/secret.ts';
import type { StreamName } from '../../core/stream.ts';
import { openCommitCutter } from '../../testing/commit-cutter.ts';
import { openDeafLine } from '../../testing/deaf-line.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  runSql,
  startPostgres,
  type PostgresCluster,
} from '../../testing/postgres-cluster.ts';
import { openPostgresEventStore } from './store.ts';

const stream: StreamName = 'acme/insync';
const all = { events: 1e9, bytes: 1e9 };
const longMs = 60_000;

interface Place {
  readonly schema: string;
  readonly user?: string;
  readonly port?: number;
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  readonly retryMs?: number;
  readonly clock?: Clock;
}

describe('the PostgreSQL event store in adversity', { skip: postgresClusterSkip }, () => {
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgres({ isDurable: false });
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const waiters = async () => {
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock'`;
    return (await runSql(cluster.url, waiting)).length;
  };
  const open = ({ user = 'tailrace', port = cluster.port, ...place }: Place) =>
    openPostgresEventStore({
      url: new Secret(`postgres://${user}@127.0.0.1:${port}/postgres`),
      clock: systemClock,
      ...place,
    });

  it('wakes readers of other nodes by asking, where a pooler passes no notices on', async () => {
    await using line = await openDeafLine(cluster.port);
    const schema = newSchemaName();
    await using writer = await open({ schema });
    await using reader = await open({ schema, port: line.port });
    // The line that listens is made in the background: first a notice has come as far as the pooler.
    while (line.withheld === 0) await writer.append({ stream, events: [eventOf(1)] });
    const { headPosition } = await reader.readAfter(stream, 0, all);
    const startMs = performance.now();
    const waiting = reader.waitBeyond(stream, headPosition, longMs);
    await writer.append({ stream, events: [eventOf(2)] });
    assert.equal(await waiting, headPosition + 1);
    assert.ok(performance.now() - startMs < longMs / 4);
  });

  it('tries again what waited for a lock longer than a statement may', async () => {
    const schema = newSchemaName();
    await using store = await open({ schema, statementTimeoutMs: 100 });
    await store.append({ stream, events: [eventOf(1)] });
    const holder = new Client({ connectionString: cluster.url.reveal() });
    await holder.connect();
    await holder.query(`begin; select * from ${schema}.stream for update`);
    const appended = store.append({ stream, events: [eventOf(2)] });
    const waiting = `select query_start::text from pg_stat_activity where wait_event_type = 'Lock'`;
    const attempts = new Set<string>();
    while (attempts.size < 3) {
      for (const row of await runSql(cluster.url, waiting)) attempts.add(JSON.stringify(row));
    }
    await holder.query('rollback');
    await holder.end();
    assert.equal((await appended).firstPosition, 2);
    assert.equal((await store.readAfter(stream, 0, all)).headPosition, 2);
  });

  it('tries again after serialization failures and deadlocks, and stores once', async () => {
    const schema = newSchemaName();
    await using store = await open({ schema });
    await runSql(
      cluster.url,
      /* sql */ `create sequence ${schema}.tries;
        create function ${schema}.fail_at_first() returns trigger language plpgsql as $$
        declare number integer = nextval('${schema}.tries');
        begin
          if number = 1 then raise 'not serializable' using errcode = '40001'; end if;
          if number = 2 then raise 'deadlock' using errcode = '40P01'; end if;
          return new;
        end $$;
        create trigger fail before insert on ${schema}.segment
          for each row execute function ${schema}.fail_at_first()`,
    );
    const { firstPosition } = await store.append({ stream, events: [eventOf(1)] });
    assert.equal(firstPosition, 1);
    const sql = `select last_value::int as tries from ${schema}.tries`;
    assert.deepEqual(await runSql(cluster.url, sql), [{ tries: 3 }]);
  });

  it('takes a connection that has fallen silent for lost, and stores once', async () => {
    // Method: what is tried again is so for a shorter time than silence lasts, as by default.
    const schema = newSchemaName();
    await (await open({ schema }))[Symbol.asyncDispose](); // the tables, which may take their time
    await using line = await openCommitCutter(cluster.port);
    await using store = await open({
      schema,
      port: line.port,
      poolSize: 2,
      statementTimeoutMs: 250,
      retryMs: 500,
    });
    line.fate = 'is never answered';
    assert.equal((await store.append({ stream, events: [eventOf(1)] })).firstPosition, 1);
    assert.equal(line.cuts, 1);
    line.muteAll();
    assert.equal((await store.append({ stream, events: [eventOf(2)] })).firstPosition, 2);
    line.muteAll();
    assert.equal((await store.readAfter(stream, 0, all)).headPosition, 2);
  });

  it('lets no save that was cut off overwrite a later one', async () => {
    // Goal: a sink does not deliver again. Method: the server gets stuck with the first attempt before
    // that has touched its row, and comes to its end after all others.
    const schema = newSchemaName();
    await using line = await openCommitCutter(cluster.port);
    await using store = await open({ schema, port: line.port });
    const { leases } = store;
    assert.ok(leases);
    const lease = await leases.acquire({ stream, name: 'sink siem' }, 'a', 5000);
    assert.ok(lease);
    const fenced = leases.fenced(lease);
    await using gate = await closeGate(cluster, schema, 'before insert');
    const saving = fenced
      .saveDelivery('siem', stream, { position: 20 })
      .then(() => fenced.saveDelivery('siem', stream, { position: 30 }));
    while ((await waiters()) === 0);
    line.cutAll();
    const saved = async () => (await store.delivery('siem', stream)).position;
    while ((await waiters()) < 2 && (await saved()) < 30);
    await gate.open();
    await saving;
    while (await gate.isPassed());
    assert.equal(await saved(), 30);
  });

  it('leaves nothing behind of a first delivery that is saved while its stream is deleted', async () => {
    const schema = newSchemaName();
    await using store = await open({ schema });
    await using other = await open({ schema });
    const { leases } = store;
    assert.ok(leases);
    await store.append({ stream, events: [eventOf(1)] });
    const lease = await leases.acquire({ stream, name: 'sink siem' }, 'a', 5000);
    assert.ok(lease);
    await using gate = await closeGate(cluster, schema, 'deferred');
    const why = { type: 't', severity: 1, line: 'x', reason: 'no', refusedAtMs: 1 } as const;
    const refused = { position: 1, id: 'e-1', occurredAtMs: 1, ...why };
    const saving = leases.fenced(lease).saveDelivery('siem', stream, { position: 1 }, [refused]);
    while ((await waiters()) === 0);
    const deleting = other.deleteStream(stream);
    while ((await waiters()) < 2);
    await gate.open();
    await Promise.all([saving, deleting]);
    assert.deepEqual(await store.deliveries(), []);
    assert.deepEqual(await store.quarantines(), []);
  });

  it('removes all of a deleted stream, also when several nodes do so at once', async () => {
    // Method: both are held up at the same rows, far from the last.
    const schema = newSchemaName();
    const { segment, dropped } = {
      segment: `${schema}.segment`,
      dropped: `${schema}.dropped_stream`,
    };
    await using one = await open({ schema });
    await using other = await open({ schema });
    await one.append({ stream, events: [eventOf(1)] });
    await runSql(
      cluster.url,
      /* sql */ `insert into ${segment}
        select stream, epoch, n, n, min_time_ms, max_time_ms, appended_ms, ndjson_bytes,
          block_bytes, block from ${segment}, generate_series(2, 3000) n`,
    );
    const holder = new Client({ connectionString: cluster.url.reveal() });
    await holder.connect();
    await holder.query(`begin; select from ${segment} for update`);
    const deleting = one.deleteStream(stream);
    while ((await waiters()) === 0);
    const keeping = other.compact();
    while ((await waiters()) < 2);
    await holder.end();
    await Promise.all([deleting, keeping]);
    for (const table of [segment, dropped]) {
      assert.deepEqual(await runSql(cluster.url, `select from ${table}`), [], table);
    }
  });

  it('forgets seen keys only when no append is at work in their stream', async () => {
    // Goal: an append never finds a run of keys half gone. Method: its lock is held from outside.
    const schema = newSchemaName();
    const clock = new ManualClock(Date.UTC(2026, 10, 21));
    await using store = await open({ schema, clock });
    const append = { stream, events: [eventOf(1)], deduplication: { horizonMs: 1000 } };
    await store.append(append);
    clock.advance(3000);
    const holder = new Client({ connectionString: cluster.url.reveal() });
    await holder.connect();
    await holder.query(`begin; select * from ${schema}.stream for update`);
    const compacted = store.compact();
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock'`;
    const kept = `select from ${schema}.seen_run`;
    const rows = async (sql: string) => (await runSql(cluster.url, sql)).length;
    while ((await rows(waiting)) === 0 && (await rows(kept)) > 0);
    assert.equal(await rows(kept), 1);
    await holder.query('rollback');
    await holder.end();
    await compacted;
    assert.equal(await rows(kept), 0);
    assert.equal((await store.append(append)).duplicates, 0);
  });

  it('opens no more connections than it may, and waits when the server has none left', async () => {
    const schema = newSchemaName();
    const counting = `select count(*)::int as count from pg_stat_activity where usename = 'few'`;
    await runSql(cluster.url, 'create role few login superuser');
    await using store = await open({ schema, user: 'few', poolSize: 3 });
    const append = (number: number) =>
      store.append({ stream: `acme-${number % 20}/insync`, events: [eventOf(number)] });
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    await Promise.all(numbers.map(append));
    await Promise.all(numbers.map((number) => store.streamInfo(`acme-${number % 20}/insync`)));
    const [row] = await runSql(cluster.url, counting);
    const count = Number(Object(row).count);
    assert.ok(count <= 4, `${count} connections; one is for notices`);

    await runSql(
      cluster.url,
      `create role fewer login in role pg_read_all_data, pg_write_all_data`,
    );
    await runSql(cluster.url, `alter role fewer connection limit 2`);
    await runSql(cluster.url, `grant all on schema ${schema} to fewer`);
    await using poor = await open({ schema, user: 'fewer', poolSize: 10 });
    const more = numbers.map((number) => number + 1000);
    await Promise.all(more.map((number) => poor.append({ stream, events: [eventOf(number)] })));
    await Promise.all(more.map((number) => poor.streamInfo(`acme-${number % 20}/insync`)));
    assert.equal((await poor.streamInfo(stream))?.headPosition, 100);
  });

  it('goes on beside a newer version, which has added columns and tables', async () => {
    // Goal: nodes of both versions run side by side during an upgrade. Method: what migrations may do
    // is done to every table while a store has it open; that one and one opened afterwards do it all.
    const schema = newSchemaName();
    await using older = await open({ schema });
    await runSql(
      cluster.url,
      /* sql */ `do $$ declare name text; begin
          for name in select tablename from pg_tables where schemaname = '${schema}'
          loop execute format('alter table ${schema}.%I add column later text default ''x''', name);
          end loop; end $$;
        create table ${schema}.later (x integer);
        update ${schema}.store_version set version = 99, compatible_with = 1`,
    );
    await using newer = await open({ schema });
    const refused = { position: 1, id: 'e-1', occurredAtMs: 1, type: 't', severity: 1 } as const;
    const why = { line: 'x', reason: 'no', refusedAtMs: 1 };
    for (const [index, store] of [older, newer].entries()) {
      const [number, other] = [index * 10 + 1, index * 10 + 2];
      const deduplication = { horizonMs: 1e6 };
      const checkpoint = { source: 'druva', value: `${number}` };
      const idempotency = { key: `k${index}`, digest: 'd' };
      const append = { stream, deduplication, checkpoint, idempotency };
      const events = [eventOf(number), eventOf(other)];
      assert.equal((await store.append({ ...append, events })).lastPosition, index * 2 + 2);
      assert.ok((await store.append({ ...append, events })).repeated);
      await store.saveDelivery('siem', stream, { position: 2 }, [{ ...refused, ...why }]);
      const { leases } = store;
      assert.ok(leases);
      await leases.beat({ node: `n${index}`, home: 'h', works: [], status: '{}' });
      assert.ok(await leases.acquire({ stream, name: `sink ${index}` }, `n${index}`, 5000));
      await store.compact();
      await store.verify();
    }
    assert.equal((await older.readAfter(stream, 0, all)).headPosition, 4);
    assert.equal(await older.checkpoint('druva'), '11');
    assert.equal((await older.quarantined('siem', undefined, 9)).length, 1);
    assert.equal(await older.deleteStream(stream), 4);
  });
});

function eventOf(number: number) {
  return { id: `e-${number}`, occurredAtMs: number, json: `{"id":"e-${number}"}` };
}

const gateLock = 77;

interface Gate extends AsyncDisposable {
  open(): Promise<void>;
  /** True while what came through it has not ended. */
  isPassed(): Promise<boolean>;
}

/** Holds up the first delivery that is saved: before it is written, or when it is to be committed. */
async function closeGate(
  cluster: PostgresCluster,
  schema: string,
  place: 'before insert' | 'deferred',
): Promise<Gate> {
  const holder = new Client({ connectionString: cluster.url.reveal() });
  await holder.connect();
  const trigger =
    place === 'deferred'
      ? `constraint trigger gate after insert on ${schema}.delivery initially deferred`
      : `trigger gate before insert on ${schema}.delivery`;
  await holder.query(/* sql */ `
    create sequence ${schema}.saves;
    create function ${schema}.gate() returns trigger language plpgsql as $$ begin
      if nextval('${schema}.saves') = 1 then perform pg_advisory_xact_lock(${gateLock}); end if;
      return new;
    end $$;
    create ${trigger} for each row execute function ${schema}.gate();
    select pg_advisory_lock(${gateLock})`);
  return {
    async open() {
      await holder.query(`select pg_advisory_unlock(${gateLock})`);
    },
    async isPassed() {
      const held = `select from pg_locks where locktype = 'advisory' and objid = ${gateLock}`;
      return (await holder.query(held)).rows.length > 0;
    },
    [Symbol.asyncDispose]: () => holder.end(),
  };
}
