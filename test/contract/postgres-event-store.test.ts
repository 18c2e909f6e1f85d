import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { systemClock } from '../../src/cli/system-clock.ts';
import type { Secret } from '../../src/core/secret.ts';
import { distributedTables } from '../../src/store/postgres/schema.ts';
import { hotStatements } from '../../src/store/postgres/statements.ts';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import {
  openTestPostgres,
  postgresSkip,
  type TestPostgres,
} from '../../src/testing/postgres-cluster.ts';
import { PostgresSchemas } from '../../src/testing/postgres-schemas.ts';
import { loggedStatements, statementLogSettings } from '../../src/testing/statement-log.ts';
import {
  asksTooMuch,
  assertDistributable,
  isSingleShard,
  refusedFunctions,
} from './citus-rules.ts';
import { eventStoreContract } from './event-store.ts';
import type { StorePlace } from './event-store/ground.ts';

describe('on PostgreSQL', { skip: postgresSkip }, () => {
  let postgres: TestPostgres | undefined;
  let schemas: PostgresSchemas | undefined;
  before(async () => {
    postgres = await openTestPostgres(statementLogSettings);
    schemas = new PostgresSchemas(postgres.url, { kept: 'store_version' });
  });
  after(async () => {
    await schemas?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });
  const newPlace = () => placeIn(postgres, schemas);
  eventStoreContract({ name: 'PostgreSQL event store', newPlace });

  it('says nothing that Citus would refuse, and all that is hot to one shard', async (test) => {
    // Goal: what can be known without Citus. Method: all that the contract made the store say is
    // planned by PostgreSQL and held against what Citus' manual and its planner ask.
    const cluster = postgres?.cluster;
    if (!postgres || !schemas || !cluster) return test.skip('a given database shows no log');
    const schema = schemas.take();
    await useLeases(postgres.url, schema);
    const said = (await loggedStatements(cluster)).flatMap((sql) => ours(sql, schema));
    const hot = Object.values(hotStatements(schema)).flatMap((sql) =>
      typeof sql === 'string' ? [oneLine(sql)] : [1, 3].map((rows) => oneLine(sql(rows))),
    );
    const client = new Client({ connectionString: postgres.url.reveal() });
    await client.connect();
    try {
      const ruled = { schema, distributedTables };
      await assertDistributable(client, ruled);
      let everywhere = 0;
      for (const sql of new Set([...hot, ...said])) {
        assert.deepEqual(await refusedFunctions(client, sql), [], sql);
        if (await isSingleShard(client, sql, ruled)) continue;
        assert.ok(!hot.includes(sql) && !asksTooMuch(sql), `not of one shard: ${sql}`);
        everywhere += 1;
      }
      test.diagnostic(`${said.length} statements, ${everywhere} of them to all shards`);
      return undefined;
    } finally {
      await client.end();
    }
  });
});

/** What the contract, which is every store's, knows nothing of. */
async function useLeases(url: Secret, schema: string): Promise<void> {
  await using store = await openPostgresEventStore({ url, schema, clock: systemClock });
  const { leases } = store;
  assert.ok(leases);
  const item = { stream: 'acme/insync', name: 'sink siem', home: 'here' } as const;
  await leases.beat({ node: 'a', home: item.home, works: [item.name], status: '{}' });
  const lease = await leases.acquire(item, 'a', 5000);
  assert.ok(lease);
  await leases.fenced(lease).saveDelivery('siem', item.stream, { position: 0 });
  assert.equal((await leases.nodes()).length + (await leases.leases()).length, 2);
  await leases.release(lease);
  await leases.forgetHome(item.home);
  await leases.leave('a');
}

/** Statements about rows of a store, as they would be about those of `schema`. */
function ours(sql: string, schema: string): readonly string[] {
  const plain = oneLine(sql).replaceAll(/\btest_\d+_\w+?(?=\.)/g, schema);
  const isOurs = plain.includes(`${schema}.`) && /^(?:select|insert|update|delete) /.test(plain);
  return isOurs ? [plain] : [];
}

function oneLine(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ').trim();
}

async function placeIn(
  postgres: TestPostgres | undefined,
  schemas: PostgresSchemas | undefined,
): Promise<StorePlace> {
  if (!postgres || !schemas) throw new Error('PostgreSQL is not running');
  const { url } = postgres;
  const schema = schemas.take();
  return {
    open: (clock) => openPostgresEventStore({ url, schema, clock, poolSize: 4 }),
    [Symbol.asyncDispose]: () => schemas.giveBack(schema),
  };
}
