import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ManualClock } from '../../../../testing/manual-clock.ts';
import { MemoryLeaseStore } from '../../../../testing/memory-lease-store.ts';
import { nodeViews } from './node-views.ts';

it('shows who is alive, since when, and what each one does alone', async () => {
  const clock = new ManualClock();
  const leases = new MemoryLeaseStore(clock);
  const beat = (node: string, status: string) =>
    leases.beat({ node, home: node, works: ['source druva'], status });
  await beat('one', '{"startedAtMs":17,"version":"1.2.3"}');
  await leases.acquire({ stream: 'acme/insync', name: 'source druva' }, 'one', 5000);
  await leases.acquire({ stream: '', name: 'housekeeping' }, 'one', 5000);
  clock.advance(20_000);
  await beat('two', 'not JSON');
  await leases.acquire({ stream: 'acme/insync', name: 'source druva' }, 'two', 5000);
  const nowMs = clock.nowMs();
  assert.deepEqual(await nodeViews(leases, nowMs), [
    {
      name: 'one',
      startedAtMs: 17,
      lastSeenMs: nowMs - 20_000,
      alive: false,
      holds: ['housekeeping'],
    },
    {
      name: 'two',
      startedAtMs: null,
      lastSeenMs: nowMs,
      alive: true,
      holds: ['source druva acme/insync'],
    },
  ]);
});

it('shows nothing where one process has the store to itself', async () => {
  assert.deepEqual(await nodeViews(undefined, 0), []);
});
