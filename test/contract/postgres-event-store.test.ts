import { after, before, describe } from 'node:test';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import {
  newSchemaName,
  openTestPostgres,
  postgresSkip,
  runSql,
} from '../../src/testing/postgres-cluster.ts';
import { eventStoreContract } from './event-store.ts';
import type { StorePlace } from './event-store/ground.ts';

type TestPostgres = Awaited<ReturnType<typeof openTestPostgres>>;

describe('on PostgreSQL', { skip: postgresSkip }, () => {
  let postgres: TestPostgres | undefined;
  before(async () => {
    postgres = await openTestPostgres();
  });
  after(async () => postgres?.[Symbol.asyncDispose]());
  eventStoreContract({ name: 'PostgreSQL event store', newPlace: () => newSchema(postgres) });
});

async function newSchema(postgres: TestPostgres | undefined): Promise<StorePlace> {
  if (postgres === undefined) throw new Error('PostgreSQL is not running');
  const { url } = postgres;
  const schema = newSchemaName();
  return {
    open: (clock) => openPostgresEventStore({ url, schema, clock, poolSize: 4 }),
    async [Symbol.asyncDispose]() {
      await runSql(url, `drop schema if exists ${schema} cascade`);
    },
  };
}
