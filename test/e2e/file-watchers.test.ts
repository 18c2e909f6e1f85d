/**
 * Goal: what the file sink publishes reaches a SIEM's collector exactly once. Method: a real rsyslog
 * and a real syslog-ng watch the directory while a publisher is killed and restarted over and over;
 * then the lines that each of them received are compared with the events in the store.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemClock } from '../../src/cli/system-clock.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import { newPlace, runToEnd, runUntilKilled, storedLines } from './file-sink-stand.ts';
import { watchers, type RunningWatcher } from './file-watchers.ts';

const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
const restarts = 5;
const patienceMs = 120_000;
const mustRun = process.env['TAILRACE_TEST_ALL'] === '1';

for (const watcher of watchers) {
  const skip = mustRun ? false : (watcher.missing ?? false);
  for (const mode of ['publish', 'append'] as const) {
    it(
      `${watcher.name} reads every line once in mode ${mode} (seed ${seed})`,
      { skip },
      async () => {
        assert.equal(watcher.missing, undefined);
        using place = newPlace();
        await using running = await watcher.start(join(place.root, 'watcher'), place.watched);
        const random = seededRandom(seed);
        for (let restart = 0; restart < restarts; restart += 1) {
          await runUntilKilled(place, mode, random.integer(100, 500), true);
        }
        await runToEnd(place, mode);
        const stored = await storedLines(place);
        assert.ok(stored.length > 100, `only ${stored.length} events`);
        await receivedAll(running, stored.length);
        assert.deepEqual(running.received().toSorted(), stored.toSorted(), running.log());
      },
    );
  }
}

async function receivedAll(running: RunningWatcher, count: number): Promise<void> {
  const { signal } = new AbortController();
  const endAt = performance.now() + patienceMs;
  while (running.received().length < count && performance.now() < endAt) {
    await systemClock.sleep(100, signal);
  }
  await systemClock.sleep(500, signal); // in which repeats would come
}
