/**
 * Goal: promise 4 over a real disk, a real store and a real SIGKILL. Method: a process that appends
 * and delivers is killed at random moments, over and over, while a watcher moves files away as they
 * come; afterwards the lines that were published are compared with the events in the store, and
 * `verify` reads what is there. The seed is printed in the title.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { verifyDirectory } from '../../src/pipeline/verify.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import {
  newPlace,
  publishedLines,
  runToEnd,
  runUntilKilled,
  storedLines,
  takeFiles,
} from './file-sink-stand.ts';

const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
const killMs = Number(process.env['TAILRACE_KILL_SECONDS'] ?? 14) * 500;
const never = new AbortController().signal;

for (const mode of ['publish', 'append'] as const) {
  it(`${mode}: every event stands in the files once, wherever it is killed (seed ${seed})`, async () => {
    using place = newPlace();
    const random = seededRandom(seed);
    const taking = mode === 'publish' ? setInterval(() => takeFiles(place), 3) : undefined;
    let kills = 0;
    const endAt = performance.now() + killMs;
    while (performance.now() < endAt) {
      await runUntilKilled(place, mode, random.integer(0, 350), random.chance(0.7));
      kills += 1;
    }
    await runToEnd(place, mode);
    clearInterval(taking);

    const lines = publishedLines(place);
    const stored = await storedLines(place);
    assert.ok(kills > 3 && stored.length > 100, `${kills} kills, ${stored.length} events`);
    assert.deepEqual(lines.toSorted(), stored.toSorted(), `${kills} kills`);
    const { problems, events } = await verifyDirectory(place.watched, { allowTaken: true }, never);
    assert.deepEqual(problems, []);
    assert.equal(events, stored.length);
    assert.deepEqual(readdirSync(join(place.watched, '.tailrace/siem')), [
      'lock',
      'manifest.jsonl',
    ]);
  });
}
