import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../ask.ts';
import { eventTexts } from '../events.ts';
import { fillHistory } from '../history-store.ts';
import { gzipRatio } from '../limits.ts';
import { quantile } from '../measure.ts';
import { countText } from '../progress.ts';
import type { Bench } from '../row.ts';
import { openServiceStand } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';

const stream = 'acme/insync';
const smallHistory = 10_000;
const pageEvents = 500;
const samples = 300;

/** What a long history costs: a page's latency, and disk. */
export const benchHistory: Bench = async ({ historyEvents }) => {
  await using small = await openServiceStand();
  await using large = await openServiceStand();
  await fillHistory(join(small.root, 'data'), { stream, events: smallHistory });
  const jsonBytes = await fillHistory(join(large.root, 'data'), { stream, events: historyEvents });
  await small.start();
  await large.start();
  // Taken in turns, so that both see the same weather.
  const [smallMs, largeMs]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < samples; sample += 1) {
    smallMs.push(await pageLatencyMs(small, smallHistory));
    largeMs.push(await pageLatencyMs(large, historyEvents));
  }
  const text = eventTexts(20_000, { ascii: false }).join('\n');
  const diskBytes = statSync(join(large.root, 'data', 'events.db')).size;
  return [
    {
      path: `page latency with ${countText(historyEvents)} events stored / with 10 k`,
      value: quantile(largeMs, 0.5) / quantile(smallMs, 0.5),
      unit: 'ratio',
      budget: 1.2,
      note: `median of ${samples} pages of ${pageEvents} events at random positions: ${quantile(largeMs, 0.5).toFixed(1)} ms and ${quantile(smallMs, 0.5).toFixed(1)} ms; p99 ${quantile(largeMs, 0.99).toFixed(1)} ms and ${quantile(smallMs, 0.99).toFixed(1)} ms`,
    },
    {
      path: 'disk per stored event / its JSON',
      value: diskBytes / jsonBytes,
      unit: 'ratio',
      budget: 0.2,
      limit: { name: 'gzip -6', value: gzipRatio(text) },
      note: 'the whole database file after compaction, against the JSON that was stored',
    },
  ];
};

async function pageLatencyMs(stand: ServiceStand, history: number): Promise<number> {
  const after = Math.floor(Math.random() * (history - pageEvents));
  const start = performance.now();
  await ask(`${stand.url}/streams/v1/insync?after=${after}&limit=${pageEvents}`, {
    headers: { authorization: stand.basic },
    dispatcher: stand.dispatcher,
  });
  return performance.now() - start;
}
