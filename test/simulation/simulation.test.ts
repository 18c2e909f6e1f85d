/**
 * Goal: promises 1 to 6 under whatever can go wrong on the way from a product to its SIEM. Method:
 * the whole pipeline runs on simulated machines, disks, networks and clocks, all driven by one seed;
 * afterwards what was acknowledged, stored and published is compared as multisets. `npm run simulate`
 * runs thousands of seeds; these are the first few.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFailure } from './report.ts';
import { runSimulation } from './run-simulation.ts';
import { settingNames } from './settings.ts';
import { shrink } from './shrink.ts';

const seeds = Number(process.env['TAILRACE_SIMULATED_SEEDS'] ?? 200);
const seedsPerTest = 25;
const shrinkRunsMax = 40;

describe('simulation', () => {
  for (let first = 1; first <= seeds; first += seedsPerTest) {
    it(`keeps every promise, seeds ${first} to ${first + seedsPerTest - 1}`, async () => {
      for (let seed = first; seed < first + seedsPerTest; seed++) {
        const result = await runSimulation({ seed });
        if (result.broken.length === 0) continue;
        assert.fail(describeFailure(result, await shrink(result, shrinkRunsMax)));
      }
    });
  }

  for (const setting of settingNames) {
    it(`does the same again for the same seed: ${setting}`, async () => {
      const [first, second] = [
        await runSimulation({ seed: 5, setting }),
        await runSimulation({ seed: 5, setting }),
      ];
      assert.deepEqual(first, second);
      assert.ok(first.trace.length > 200 && first.faults.length > 0);
    });
  }

  it('leaves a fault out when it is told to, and everything else as it was', async () => {
    const whole = await runSimulation({ seed: 3 });
    const [fault] = whole.faults;
    assert.ok(fault);
    const fewer = await runSimulation({ seed: 3, without: new Set([fault.id]) });
    assert.ok(fewer.faults.every(({ id }) => id !== fault.id));
    const sameUntil = whole.trace.findIndex((line, index) => line !== fewer.trace[index]);
    assert.ok(Number.parseInt(whole.trace[sameUntil] ?? '', 10) >= fault.atMs);
  });
});
