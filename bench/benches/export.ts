import { fetch } from 'undici';
import { bodiesOf, eventTexts } from '../events.ts';
import { staticBytesRate } from '../limits.ts';
import { costOf, peakRssBytes } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { ingestAll, openServiceStand } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';
import { perEvent } from './ingest.ts';

const pageEvents = 10_000;

/** Compression would be measured with the pages, and static bytes have none. */
type Coding = 'identity' | 'gzip';

/** CEF pages over Events API v1: read for the first time, and again. */
export const benchExport: Bench = async ({ events }) => {
  const rows: BenchRow[] = [];
  for (const ascii of [true, false]) {
    const label = ascii ? 'ASCII' : 'many scripts';
    await using stand = await openServiceStand({});
    await stand.start();
    const count = Math.min(events, 100_000);
    await ingestAll(stand, bodiesOf(eventTexts(count, { ascii }), 1000), 2);
    const pages = await readAll(stand, 'identity');
    const first = await freshRead(stand, 'identity');
    const again = await costOf(stand.process.pid, async () => {
      let read = 0;
      for (let round = 0; round < 5; round += 1) read += await readPages(stand, 'identity');
      return read;
    });
    const compressed = await freshRead(stand, 'gzip');
    const staticRate = await staticBytesRate(pages[0] ?? Buffer.alloc(0), pageEvents);
    rows.push(
      {
        path: `export of CEF pages, first read, ${label}`,
        value: first.result / first.wallSeconds,
        unit: 'events/s',
        ...(ascii && { budget: 250_000 }),
        limit: { name: 'static bytes from memory', value: staticRate },
        cpuMicrosecondsPerEvent: perEvent(first.cpuSeconds, first.result),
        peakRssBytes: peakRssBytes(stand.process.pid),
        note: `${pageEvents} events a page, one client, the process just started`,
      },
      {
        path: `export of CEF pages, read again, ${label}`,
        value: again.result / again.wallSeconds,
        unit: 'events/s',
        ...(ascii && { budget: 2_000_000 }),
        limit: {
          name: 'static bytes from memory',
          value: staticRate,
          ...(ascii && { atLeast: 0.4 }),
        },
        cpuMicrosecondsPerEvent: perEvent(again.cpuSeconds, again.result),
      },
      {
        path: `export of CEF pages with gzip, first read, ${label}`,
        value: compressed.result / compressed.wallSeconds,
        unit: 'events/s',
        cpuMicrosecondsPerEvent: perEvent(compressed.cpuSeconds, compressed.result),
      },
    );
  }
  return rows;
};

/** Everything once, by a process that has served nothing yet. */
async function freshRead(stand: ServiceStand, coding: Coding) {
  await stand.process.stop();
  await stand.start();
  return costOf(stand.process.pid, () => readPages(stand, coding));
}

async function readPages(stand: ServiceStand, coding: Coding): Promise<number> {
  const pages = await readAll(stand, coding);
  // Whole pages only: the last one holds the rest and is smaller.
  return pages.length * pageEvents;
}

/** Follows the cookie over all whole pages. */
async function readAll(stand: ServiceStand, coding: Coding): Promise<Buffer[]> {
  const pages: Buffer[] = [];
  let cookie = '';
  for (;;) {
    const response = await fetch(`${stand.url}/api/events/v1?format=CEF&limit=${pageEvents}`, {
      headers: {
        authorization: stand.basic,
        'accept-encoding': coding,
        ...(cookie && { cookie }),
      },
      dispatcher: stand.dispatcher,
    });
    const page = Buffer.from(await response.arrayBuffer());
    if (!response.ok)
      throw new Error(`the Events API answered ${response.status}: ${page.toString()}`);
    if (page.length < (pages[0]?.length ?? 0) / 2 || page.length < 1000) return pages;
    pages.push(page);
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }
}
