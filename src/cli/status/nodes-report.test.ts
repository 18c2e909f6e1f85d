import assert from 'node:assert/strict';
import { it } from 'node:test';
import { newSourceStatus } from '../../pipeline/status.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryLeaseStore } from '../../testing/memory-lease-store.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { nodesReport } from './nodes-report.ts';
import { printNodes } from './print-nodes.ts';

it('shows which nodes are alive, what each does, and every source once', async () => {
  const clock = new ManualClock();
  const store = new MemoryLeaseStore(clock);
  const item = { stream: 'acme/insync', name: 'source druva' } as const;
  await store.beat(beatOf('one', false));
  await store.acquire(item, 'one', 5000);
  clock.advance(20_000);
  await store.beat(beatOf('two', true));
  await store.acquire(item, 'two', 5000);
  const { isRunning, recorded, nodes } = await nodesReport(store);
  assert.ok(isRunning);
  assert.deepEqual(recorded?.sources, [], 'what a node stands by for, it says nothing about');
  const { stdout } = new ScriptedTerminal('/');
  printNodes(stdout, nodes);
  assert.match(stdout.text, /^one +silent for 20\.0 s +1\.2\.3 +- +-$/m);
  assert.match(stdout.text, /^two +alive +1\.2\.3 +- +source druva acme\/insync$/m);

  clock.advance(60_000);
  const later = await nodesReport(store);
  assert.equal(later.isRunning, false);
  assert.equal(later.recorded?.pid, 2, 'the node that ended last is the one that tells');
});

function beatOf(node: string, isStandby: boolean) {
  const source = { ...newSourceStatus('druva', 'acme/insync'), isStandby, behindMs: undefined };
  const pid = isStandby ? 2 : 1;
  const status = { version: '1.2.3', pid, startedAtMs: 0, writtenAtMs: 0, sources: [source] };
  return { node, home: node, works: ['x'], status: JSON.stringify({ ...status, sinks: [] }) };
}
