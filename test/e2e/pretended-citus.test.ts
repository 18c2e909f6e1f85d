/**
 * Goal: what is said to a database with the extension Citus, which was not to be had where this was
 * written. Method: a server that pretends to have it (src/testing/pretended-citus.ts says what that
 * proves and what not) is given a store, a directory and a look by `tailrace check`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { describeStoreProbe, isInOrder, probeStore } from '../../src/cli/check/probe-store.ts';
import { systemClock } from '../../src/cli/system-clock.ts';
import { migrate } from '../../src/directory/migrations.ts';
import { openPostgresDatabase } from '../../src/directory/postgres/postgres-database.ts';
import { distributedTables, referenceTables } from '../../src/store/postgres/schema.ts';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  runSql,
  startPostgres,
  type PostgresCluster,
} from '../../src/testing/postgres-cluster.ts';
import { pretendCitus } from '../../src/testing/pretended-citus.ts';

const callRows = z.array(z.object({ call: z.string(), mode: z.string().nullable() }));
const keyRows = z.array(z.object({ key: z.string(), shared: z.boolean() }));

describe('on a database that says it has Citus', { skip: postgresClusterSkip }, () => {
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgres({ isDurable: false });
    await pretendCitus(cluster);
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const open = (schema: string) =>
    openPostgresEventStore({ url: cluster.url, schema, clock: systemClock, poolSize: 4 });

  async function makeDirectory(schema: string): Promise<void> {
    await using database = await openPostgresDatabase({ url: cluster.url, schema });
    await migrate(database);
  }

  async function callsFor(schema: string) {
    const sql = `select call, mode from pretended_calls where call like '% ${schema}.%' order by number`;
    return callRows.parse(await runSql(cluster.url, sql));
  }

  it('distributes the tables by stream, side by side, once, whoever comes first', async () => {
    const schema = newSchemaName();
    const stores = await Promise.all([open(schema), open(schema), open(schema)]);
    for (const store of stores) await store[Symbol.asyncDispose]();
    await (await open(schema))[Symbol.asyncDispose]();
    const calls = await callsFor(schema);
    const [first, ...others] = distributedTables;
    assert.deepEqual(
      calls.map(({ call }) => call),
      [
        `distribute ${schema}.${first} by stream beside default`,
        ...others.map((name) => `distribute ${schema}.${name} by stream beside ${schema}.${first}`),
        ...[...referenceTables, 'store_version'].map((name) => `copy ${schema}.${name} everywhere`),
      ],
    );
    for (const { mode } of calls) assert.equal(mode, 'sequential');
  });

  it('appends each stream in a commit of its own', async () => {
    // Two streams may be on two machines, and a commit on both takes two phases.
    const schema = newSchemaName();
    await using store = await open(schema);
    const names = Array.from({ length: 12 }, (_, index) => `acme-${index}/insync` as const);
    const events = [{ id: 'e', occurredAtMs: 1, json: '{"id":"e"}' }];
    await Promise.all(names.map((stream) => store.append({ stream, events })));
    const sql = `select count(distinct xmin::text)::int as commits from ${schema}.stream`;
    assert.deepEqual(await runSql(cluster.url, sql), [{ commits: names.length }]);
  });

  it("copies a directory's tables everywhere and keeps their foreign keys", async () => {
    const schema = newSchemaName();
    await makeDirectory(schema);
    await makeDirectory(schema);
    const calls = await callsFor(`${schema}_directory`);
    assert.ok(calls.length > 15);
    assert.equal(new Set(calls.map(({ call }) => call)).size, calls.length, 'each table once');
    for (const { mode } of calls) assert.equal(mode, 'sequential');
    const plain = newSchemaName();
    await using other = await startPostgres({ isDurable: false });
    await using database = await openPostgresDatabase({ url: other.url, schema: plain });
    await migrate(database);
    const keys = await foreignKeys(cluster, `${schema}_directory`);
    assert.ok(keys.length > 10 && keys.every(({ shared }) => shared), JSON.stringify(keys));
    assert.deepEqual(
      keys.map(({ key }) => key),
      (await foreignKeys(other, `${plain}_directory`, false)).map(({ key }) => key),
    );
  });

  it('is put right by what the guide says when the extension came after the tables', async () => {
    const schema = 'tailrace'; // as the guide has it
    await (await open(schema))[Symbol.asyncDispose]();
    const mine = `(select oid from pg_class where relnamespace = '${schema}'::regnamespace)`;
    await runSql(cluster.url, `delete from pg_dist_partition where logicalrelid in ${mine}`);
    const place = { url: cluster.url, schema, poolSize: 10 };
    const ill = describeStoreProbe(await probeStore(place), schema).wrong.join('\n');
    assert.match(
      ill,
      /came after the tables: store_version, stream, .* taken_over, node are on the/,
    );
    const guide = readFileSync('docs/guides/run-on-postgresql.md', 'utf8');
    const [, statements = ''] = /```sql\n(begin;\n.*?)```/s.exec(guide) ?? [];
    await runSql(cluster.url, statements);
    const { wrong } = describeStoreProbe(await probeStore(place), schema);
    assert.deepEqual(
      wrong.filter((line) => line.startsWith('error')),
      [],
    );
  });

  it('is described by tailrace check, and what is wrong with it is said', async () => {
    const schema = newSchemaName();
    await (await open(schema))[Symbol.asyncDispose]();
    await makeDirectory(schema);
    const place = { url: cluster.url, schema, poolSize: 10 };
    const probe = await probeStore(place);
    assert.ok(isInOrder(probe), JSON.stringify(probe));
    const { said } = describeStoreProbe(probe, schema);
    const shards = distributedTables.length * 16;
    const copies = Number(/(\d+) reference tables/.exec(said[1] ?? '')?.[1]);
    assert.match(said[1] ?? '', /^Citus 13\.0-1: 12 distributed tables of 32 shards, /);
    assert.ok(copies > 15, said[1]);
    assert.ok(
      said[1]?.endsWith(
        `2 workers; shards placed on one.example.com:5432 ${shards + copies}, two.example.com:5432 ${shards + copies}`,
      ),
      said[1],
    );

    const damage = [
      `update pg_dist_node set isactive = false where groupid = 2`,
      `delete from pg_dist_partition where logicalrelid = '${schema}.lease'::regclass`,
      `update pg_dist_partition set colocationid = 77 where logicalrelid = '${schema}.segment'::regclass`,
      `update pg_dist_local_group set groupid = 3`,
    ];
    for (const sql of damage) await runSql(cluster.url, sql);
    const ill = describeStoreProbe(await probeStore(place), schema).wrong.join('\n');
    for (const words of [
      /error: .* this is a worker of Citus: name the coordinator/,
      /error: .* Citus counts these workers out: two\.example\.com:5432/,
      /error: .* came after the tables: lease are on the coordinator alone/,
      /error: .* not distributed by stream, side by side with the others: segment/,
    ]) {
      assert.match(ill, words);
    }
  });
});

/** Every foreign key with what it says; `shared` when both of its tables are copied everywhere. */
async function foreignKeys({ url }: PostgresCluster, schema: string, withCitus = true) {
  const shared = withCitus ? `${isCopied('conrelid')} and ${isCopied('confrelid')}` : 'true';
  const sql = `select c.relname || ' ' || f.conname || ' '
      || replace(pg_get_constraintdef(f.oid), '${schema}.', '') as key, ${shared} as shared
    from pg_constraint f join pg_class c on c.oid = f.conrelid
      join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = '${schema}' and f.contype = 'f' order by 1`;
  return keyRows.parse(await runSql(url, sql));
}

function isCopied(column: string): string {
  return `exists (select 1 from pg_dist_partition where logicalrelid = f.${column} and repmodel = 't')`;
}
