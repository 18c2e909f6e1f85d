import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { quantile } from '../measure.ts';
import type { Bench } from '../row.ts';
import { ingest, openServiceStand } from '../service-stand.ts';

const eventsPerSecond = 2000;
const batchesPerSecond = 50;
const mark = 'sent at ';
/** What is sent earlier meets a process that has just started. */
const warmUpMs = 3000;

/** From sending an event to seeing it in a published file, one relay process. */
export const benchLatency: Bench = async ({ latencySeconds }) => {
  const directory = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  mkdirSync(directory, { recursive: true });
  await using stand = await openServiceStand({
    sinks: [
      {
        name: 'files',
        type: 'file',
        format: 'cef',
        profile: 'vendor',
        directory,
        rollEvery: '100ms',
      },
    ],
  });
  await stand.start();
  const stop = new AbortController();
  const watching = watch(directory, performance.now() + warmUpMs, stop.signal);
  const generate = inSyncGenerator(3);
  const sent: Promise<void>[] = [];
  for (let batch = 0; batch < (warmUpMs / 1000 + latencySeconds) * batchesPerSecond; batch += 1) {
    const events = Array.from({ length: eventsPerSecond / batchesPerSecond }, () => ({
      ...generate(Date.now()),
      eventDetails: `${mark}${performance.now()}`,
    }));
    sent.push(ingest(stand, Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'))));
    await delay(1000 / batchesPerSecond);
  }
  await Promise.all(sent);
  await delay(1000);
  stop.abort();
  const latenciesMs = await watching;
  rmSync(directory, { recursive: true, force: true });
  return [
    {
      path: 'ingest → published file, p99',
      value: quantile(latenciesMs, 0.99),
      unit: 'ms',
      budget: 300,
      note: `${latenciesMs.length} events at ${eventsPerSecond} a second; p50 ${quantile(latenciesMs, 0.5).toFixed(0)} ms; a file every 100 ms`,
    },
  ];
};

/** Looks for new files every few milliseconds; gives the age of each event that was sent after
 * `fromMs` when its file was seen. */
async function watch(directory: string, fromMs: number, signal: AbortSignal): Promise<number[]> {
  const seen = new Set<string>();
  const latenciesMs: number[] = [];
  while (!signal.aborted) {
    const now = performance.now();
    for (const name of readdirSync(directory)) {
      if (seen.has(name) || !name.endsWith('.cef')) continue;
      seen.add(name);
      const text = readFileSync(join(directory, name), 'utf8');
      for (const [, sentAt] of text.matchAll(/sent at ([\d.]+)/g)) {
        if (Number(sentAt) >= fromMs) latenciesMs.push(now - Number(sentAt));
      }
    }
    await delay(5);
  }
  return latenciesMs;
}
