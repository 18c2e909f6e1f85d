/**
 * Goal: docs/SCALING.md says what the model says, and the model says what a cluster would do. Method:
 * the table is computed anew; every size is simulated, post by post, on the nodes and servers that the
 * model plans for it, and on half of them.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { demands, measuredCosts, plan, plannedShare } from '../../bench/scaling/model.ts';
import { scalingTable } from '../../bench/scaling/scaling-table.ts';
import { simulate } from '../../bench/scaling/simulate.ts';

const options = { seed: 7, posts: 8000, syncSeconds: 0.005 };

it('is the table of docs/SCALING.md', () => {
  const document = readFileSync('docs/SCALING.md', 'utf8');
  const isFresh = bare(document).includes(bare(scalingTable()));
  assert.ok(isFresh, `docs/SCALING.md must hold:\n${scalingTable()}`);
});

it('multiplies the costs that docs/SCALING.md names', () => {
  const document = readFileSync('docs/SCALING.md', 'utf8');
  const { nodePerPost, nodePerEvent, databasePerPost, databasePerEvent, bytesPerEvent } =
    measuredCosts;
  for (const formula of [
    `posts/s × ${decimal(nodePerPost)} + events/s × ${decimal(nodePerEvent)}`,
    `posts/s × ${decimal(databasePerPost)} + events/s × ${decimal(databasePerEvent)}`,
    `events/s × ${bytesPerEvent} B × 86,400`,
  ]) {
    assert.ok(document.includes(formula), `docs/SCALING.md must hold: ${formula}`);
  }
});

describe('the model', () => {
  for (const demand of demands) {
    const { tenants, eventsPerSecond, eventsPerPost } = demand;
    const size = `${tenants} tenants, ${eventsPerSecond} events/s, ${eventsPerPost} a post`;
    it(`holds in the simulation: ${size}`, () => {
      const planned = plan(demand);
      const simulated = simulate(planned, options);
      assertClose(simulated.nodeCores, planned.nodeCores);
      assertClose(simulated.databaseCores, planned.databaseCores);
      assert.ok(simulated.growth < 2, `waits grow ${simulated.growth}-fold`);
      assert.ok(simulated.slowSeconds < 0.25, `99 % within ${simulated.slowSeconds} s`);
    });
  }

  it('plans no more than is needed: with half of the nodes work piles up', () => {
    for (const demand of demands.filter(({ eventsPerSecond }) => eventsPerSecond >= 1e5)) {
      const planned = plan(demand);
      const half = { ...planned, nodes: Math.floor((planned.nodes * plannedShare) / 2) };
      const { growth } = simulate(half, options);
      assert.ok(growth > 2, `${demand.tenants} tenants: waits grow only ${growth}-fold`);
    }
  });

  it('plans no more than is needed: with half of the servers work piles up', () => {
    const demand = { tenants: 1e7, eventsPerSecond: 1e6, eventsPerPost: 1 };
    const planned = plan(demand);
    const databases = Math.floor((planned.databases * plannedShare) / 2);
    const { growth } = simulate({ ...planned, databases }, options);
    assert.ok(growth > 2, `waits grow only ${growth}-fold`);
  });
});

function decimal(seconds: number): string {
  return seconds.toFixed(7).replace(/0+$/, '');
}

/** Without what a formatter adds to a table. */
function bare(text: string): string {
  return text.replaceAll(/[ -]+/g, '');
}

function assertClose(got: number, expected: number): void {
  assert.ok(Math.abs(got / expected - 1) < 0.05, `${got} instead of ${expected}`);
}
