/** The nodes that share a PostgreSQL store, and who holds what, as the operator sees them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openPostgresEventStore } from '../../../src/store/postgres/store.ts';
import type { LeaseStore } from '../../../src/store/lease-store.ts';
import {
  postgresClusterSkip,
  runSql,
  startPostgres,
  type PostgresCluster,
} from '../../../src/testing/postgres-cluster.ts';
import { consoleSkip, openConsoleStand, type ConsoleStand } from './console-stand.ts';

const works = ['source druva', 'sink siem'];

describe("the operator's nodes", { skip: consoleSkip || postgresClusterSkip }, () => {
  let postgres: PostgresCluster;
  let stand: ConsoleStand;
  before(async () => {
    postgres = await startPostgres({ isDurable: false });
    stand = await openConsoleStand(
      {},
      { openStore: (clock) => openPostgresEventStore({ url: postgres.url, clock }) },
    );
  });
  after(async () => {
    await stand?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  it('are shown with what they hold, while they live and when one dies', async () => {
    const { leases } = stand.store;
    assert.ok(leases);
    const startedAtMs = Date.now() - 3 * 3_600_000;
    await beat(leases, 'one-71-1c90ef', JSON.stringify({ startedAtMs }));
    await beat(leases, 'two-64-a14b72', 'said by a newer version');
    const source = { stream: 'acme/insync', name: 'source druva' } as const;
    const sink = { stream: 'acme/insync', name: 'sink siem' } as const;
    assert.ok(await leases.acquire(source, 'one-71-1c90ef', 5000));
    assert.ok(await leases.acquire(sink, 'two-64-a14b72', 5000));

    const page = await stand.openAs('operator', '/operator/health');
    const row = (name: string) => page.getByRole('row', { name });
    await page.getByRole('heading', { name: 'Nodes' }).waitFor();
    await row('one-71-1c90ef').getByText('source druva acme/insync').waitFor();
    await row('one-71-1c90ef').getByText('3 hours ago').waitFor();
    await row('two-64-a14b72').getByText('sink siem acme/insync').waitFor();

    // The other one is taken over from: the page finds out by itself.
    const old = `update tailrace.node set beat_at = now() - interval '2 minutes'`;
    await runSql(postgres.url, `${old} where node = 'one-71-1c90ef'`);
    await beat(leases, 'two-64-a14b72', '{}');
    assert.ok(await leases.acquire(source, 'two-64-a14b72', 5000));
    await row('one-71-1c90ef').getByText('silent since').waitFor();
    await row('two-64-a14b72').getByText('source druva acme/insync').waitFor();
    assert.equal(await row('one-71-1c90ef').getByText('source druva').count(), 0);
  });
});

function beat(leases: LeaseStore, node: string, status: string): Promise<void> {
  return leases.beat({ node, home: `home-of-${node}`, works, status });
}
