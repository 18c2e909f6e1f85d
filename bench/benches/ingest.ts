import { bodiesOf, eventTexts, meanBytes } from '../events.ts';
import { jsonParseRate } from '../limits.ts';
import { costOf, peakRssBytes } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { ingestAll, openServiceStand } from '../service-stand.ts';

const batchEvents = 1000;
const clients = 2;

/** Ingest over HTTP, durable before the answer. */
export const benchIngest: Bench = async ({ events }) => {
  const rows: BenchRow[] = [];
  for (const ascii of [true, false]) {
    const texts = eventTexts(Math.min(events, 50_000), { ascii });
    const bodies = bodiesOf(texts, batchEvents);
    const rounds = Math.max(1, Math.round(events / texts.length));
    await using stand = await openServiceStand();
    await stand.start();
    await ingestAll(stand, bodies.slice(0, 20), clients);
    const cost = await costOf(stand.process.pid, async () => {
      for (let round = 0; round < rounds; round += 1) await ingestAll(stand, bodies, clients);
    });
    const count = rounds * texts.length;
    rows.push({
      path: `ingest over HTTP, ${ascii ? 'ASCII' : 'many scripts'}`,
      value: count / cost.wallSeconds,
      unit: 'events/s',
      ...(ascii && { budget: 150_000 }),
      limit: {
        name: 'JSON.parse of the same',
        value: jsonParseRate(texts),
        ...(ascii && { atLeast: 0.35 }),
      },
      cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, count),
      peakRssBytes: peakRssBytes(stand.process.pid),
      note: `${batchEvents} events of ${Math.round(meanBytes(texts))} bytes a request, ${clients} at a time, each durable before its answer`,
    });
  }
  return rows;
};

export function perEvent(cpuSeconds: number | undefined, events: number): number | undefined {
  return cpuSeconds === undefined ? undefined : (cpuSeconds * 1e6) / events;
}
