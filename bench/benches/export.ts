import { ask, cookieIn } from '../ask.ts';
import { bodiesOf, eventTexts } from '../events.ts';
import { staticBytesRate } from '../limits.ts';
import { costOf, peakRssBytes } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { ingestAll, openServiceStand } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';
import { perEvent } from './ingest.ts';

const pageEvents = 10_000;
/** Read by a process that has just started, and again out of its page cache, which holds so many. */
const coldPages = 10;
/** Read after them. */
const warmPages = 40;

/** Compression would be measured with the pages, and static bytes have none. */
type Coding = 'identity' | 'gzip';

/**
 * CEF pages over Events API v1, each read for the first time: by a process that has just started and
 * compiles as it goes, and by the same one afterwards; and read again.
 */
export const benchExport: Bench = async ({ events }) => {
  const rows: BenchRow[] = [];
  for (const ascii of [true, false]) {
    const label = ascii ? 'ASCII' : 'many scripts';
    await using stand = await openServiceStand({});
    await stand.start();
    const bodies = bodiesOf(eventTexts(Math.min(events, 100_000), { ascii }), 1000);
    const stored = Math.min(events, (coldPages + warmPages) * pageEvents);
    for (let count = 0; count < stored; count += bodies.length * 1000) {
      await ingestAll(stand, bodies, 2);
    }
    const [page = Buffer.alloc(0)] = await new PageReader(stand, 'identity').pages(1);
    const staticRate = await staticBytesRate(page, pageEvents);
    const plain = await firstReads(stand, 'identity');
    const peakRss = peakRssBytes(stand.process.pid);
    await new PageReader(stand, 'identity').pages(coldPages); // which have left the cache
    const again = await costOfReading(stand, async () => {
      let read = 0;
      for (let round = 0; round < 5; round += 1) {
        read += (await new PageReader(stand, 'identity').pages(coldPages)).length;
      }
      return read;
    });
    const compressed = await firstReads(stand, 'gzip');
    const limit = { name: 'static bytes from memory', value: staticRate };
    rows.push(
      {
        path: `export of CEF pages, first read, ${label}`,
        ...plain.warm,
        ...(ascii && { budget: 250_000 }),
        limit,
        peakRssBytes: peakRss,
        note: `${pageEvents} events a page, one client`,
      },
      { path: `the same by a process that has just started, ${label}`, ...plain.cold },
      {
        path: `export of CEF pages, read again, ${label}`,
        ...again,
        ...(ascii && { budget: 2_000_000 }),
        limit: { ...limit, ...(ascii && { atLeast: 0.4 }) },
      },
      { path: `export of CEF pages with gzip, first read, ${label}`, ...compressed.warm },
      { path: `the same by a process that has just started, gzip, ${label}`, ...compressed.cold },
    );
  }
  return rows;
};

type Measured = Pick<BenchRow, 'value' | 'unit' | 'cpuMicrosecondsPerEvent'>;

/** Everything once, by a process that has served nothing yet. */
async function firstReads(stand: ServiceStand, coding: Coding) {
  await stand.process.stop();
  await stand.start();
  const reader = new PageReader(stand, coding);
  const cold = await costOfReading(stand, async () => (await reader.pages(coldPages)).length);
  const warm = await costOfReading(stand, async () => (await reader.pages(warmPages)).length);
  return { cold, warm };
}

async function costOfReading(
  { process }: ServiceStand,
  readPages: () => Promise<number>,
): Promise<Measured> {
  const { result: pages, wallSeconds, cpuSeconds } = await costOf(process.pid, readPages);
  const count = pages * pageEvents;
  return {
    value: count / wallSeconds,
    unit: 'events/s',
    cpuMicrosecondsPerEvent: perEvent(cpuSeconds, count),
  };
}

/** Follows the cookie. */
class PageReader {
  readonly #stand: ServiceStand;
  readonly #coding: Coding;
  #cookie = '';

  constructor(stand: ServiceStand, coding: Coding) {
    this.#stand = stand;
    this.#coding = coding;
  }

  /** The next `count` pages; fewer when there are no more whole ones. */
  async pages(count: number): Promise<Buffer[]> {
    const pages: Buffer[] = [];
    while (pages.length < count) {
      const page = await this.#page();
      if (page.length < (pages[0]?.length ?? 0) / 2 || page.length < 1000) return pages;
      pages.push(page);
    }
    return pages;
  }

  async #page(): Promise<Buffer> {
    const { url, basic, dispatcher } = this.#stand;
    const headers = {
      authorization: basic,
      'accept-encoding': this.#coding,
      ...(this.#cookie !== '' && { cookie: this.#cookie }),
    };
    const address = `${url}/api/events/v1?format=CEF&limit=${pageEvents}`;
    const page = await ask(address, { headers, dispatcher });
    this.#cookie = cookieIn(page.headers) ?? this.#cookie;
    return page.body;
  }
}
