/** Exports, deliveries and slow clients whose memory is measured. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import type { Response } from 'undici';
import { TailraceProcess } from '../src/testing/tailrace-process.ts';
import { eventTexts } from './events.ts';
import { peakRssBytes, peakRssBytesDuring } from './measure.ts';
import type { Progress } from './progress.ts';
import { writeConfig } from './service-stand.ts';
import type { ServiceStand } from './service-stand.ts';
import { openSlowClients } from './slow-clients.ts';
import type { SlowClient } from './slow-clients.ts';

export const pageEvents = 10_000;

const deliveredWithinMs = 3_600_000;
const lookEveryMs = 10;

/** One of the APIs that hand out pages, and how it is told where to go on. */
export interface PagedApi {
  readonly name: string;
  /** The page behind `place`, which the page before it gave; undefined for the oldest one. */
  readonly request: (place: string | undefined) => {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly placeAfter: (response: Response) => string;
}

export const eventsApi: PagedApi = {
  name: 'Events API',
  request: (cookie) => ({
    path: `/api/events/v1?format=CEF&limit=${pageEvents}`,
    headers: cookie === undefined ? {} : { cookie },
  }),
  placeAfter: (response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '',
};

export const streamsApi: PagedApi = {
  name: 'Streams API',
  request: (after) => ({
    path: `/streams/v1/insync?after=${after ?? 0}&limit=${pageEvents}`,
    headers: {},
  }),
  placeAfter: (response) => response.headers.get('tailrace-last-position') ?? '',
};

/**
 * Reads the first `events` events page by page and keeps nothing but the places between the pages,
 * which it gives, the first one's undefined.
 */
export async function exportEvents(
  stand: ServiceStand,
  api: PagedApi,
  events: number,
  progress?: Progress,
): Promise<readonly (string | undefined)[]> {
  const places: (string | undefined)[] = [];
  let place: string | undefined;
  for (let done = 0; done < events; done += pageEvents) {
    places.push(place);
    const { path, headers } = api.request(place);
    const response = await fetch(`${stand.url}${path}`, {
      headers: { ...headers, authorization: stand.basic, 'accept-encoding': 'identity' },
      dispatcher: stand.dispatcher,
    });
    let bytes = 0;
    for await (const chunk of response.body ?? []) bytes += chunk.byteLength;
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    if (bytes < Math.min(pageEvents, events - done) * 100) {
      throw new Error(`${path} answered ${bytes} bytes only, ${done} events in`);
    }
    place = api.placeAfter(response);
    progress?.(done + pageEvents);
  }
  return places;
}

/**
 * The peaks of a collector that delivers `acme/insync` in the store of `dataDirectory` into files, from
 * its start until it has delivered so many events as each of `marks` says, which rise. A watcher
 * removes every file at once.
 */
export async function deliveryPeaksRssBytes(
  dataDirectory: string,
  marks: readonly number[],
  progress?: Progress,
): Promise<readonly number[]> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const directory = join(root, 'published');
  mkdirSync(directory);
  const sink = { name: 'files', type: 'file', format: 'cef', directory };
  const monitor = { listen: '127.0.0.1:0' };
  const config = { dataDirectory, monitor, sinks: [{ ...sink, profile: 'strict' }] };
  const collector = new TailraceProcess(writeConfig(root, 'collector', config));
  try {
    collector.start();
    const peaks: number[] = [];
    for (const mark of marks) {
      await removeUntil(directory, mark, collector, progress);
      peaks.push(known(peakRssBytes(collector.pid)));
    }
    return peaks;
  } finally {
    await collector.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Removes published files; resolves when one has come that ends at position `events` or behind it. */
async function removeUntil(
  directory: string,
  events: number,
  collector: TailraceProcess,
  progress?: Progress,
): Promise<void> {
  const endAt = performance.now() + deliveredWithinMs;
  for (let last = 0; last < events;) {
    for (const name of readdirSync(directory)) {
      if (!name.endsWith('.cef')) continue;
      last = Math.max(last, Number(/-(\d+)\.cef$/.exec(name)?.[1]));
      unlinkSync(join(directory, name));
    }
    progress?.(last);
    if (!collector.isRunning) throw new Error(`the collector has ended\n${collector.log}`);
    if (performance.now() > endAt) throw new Error(`not delivered in time\n${collector.log}`);
    await delay(lookEveryMs);
  }
}

/** What an ordinary client sees. */
export interface Service {
  readonly latenciesMs: readonly number[];
  /** Answers other than 200. */
  readonly refused: number;
}

/** Pulls a page of 100 events again and again for so long. */
export async function pullFor(stand: ServiceStand, seconds: number): Promise<Service> {
  const latenciesMs: number[] = [];
  let refused = 0;
  for (const endAt = performance.now() + seconds * 1000; performance.now() < endAt;) {
    const startAt = performance.now();
    const response = await fetch(`${stand.url}/api/events/v1?format=CEF&limit=100`, {
      headers: { authorization: stand.basic },
      dispatcher: stand.dispatcher,
    });
    await response.arrayBuffer();
    if (response.ok) latenciesMs.push(performance.now() - startAt);
    else refused += 1;
    await delay(lookEveryMs);
  }
  return { latenciesMs, refused };
}

export interface Siege {
  /** While the slow clients come, and the service works for them. */
  readonly early: Service;
  /** While they only hold what it keeps for them. */
  readonly late: Service;
  readonly peakRssBytes: number;
  /** How many answers of each status the slow clients got. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What an ordinary client sees, and the service needs, while `clients` are connected: twice so long. */
export async function besiege(
  stand: ServiceStand,
  clients: readonly SlowClient[],
  seconds: number,
): Promise<Siege> {
  using slow = openSlowClients(new URL(stand.url), clients);
  const seen: Service[] = [];
  const peak = await peakRssBytesDuring(stand.process.pid, async () => {
    seen.push(await pullFor(stand, seconds), await pullFor(stand, seconds));
  });
  const [early, late] = seen;
  if (early === undefined || late === undefined) throw new Error('memory is measured with /proc');
  return { early, late, peakRssBytes: known(peak), outcomes: slow.outcomes() };
}

/** Each asks for a page of its own, as far as there are `places`; every other stops in the middle. */
export function slowReaders(
  stand: ServiceStand,
  api: PagedApi,
  count: number,
  places: readonly (string | undefined)[],
): readonly SlowClient[] {
  return Array.from({ length: count }, (_, index) => {
    const { path, headers } = api.request(places[index % places.length]);
    const all = { host: 'localhost', authorization: stand.basic, ...headers };
    const head = headOf(`GET ${path}`, all);
    return index % 2 === 1 ? { head, stopAfterBytes: 64 * 1024 } : { head };
  });
}

/** Each sends a batch of some 8 MB, 64 KiB every `pieceEveryMs`. */
export function slowSenders(
  stand: ServiceStand,
  count: number,
  pieceEveryMs: number,
): readonly SlowClient[] {
  const body = Buffer.from(eventTexts(12_000, { ascii: true }).join('\n'));
  const head = headOf('POST /ingest/v1/acme/insync', {
    host: 'localhost',
    authorization: stand.ingestKey,
    'content-type': 'application/x-ndjson',
    'content-length': `${body.length}`,
  });
  return Array.from({ length: count }, () => ({ head, body, pieceEveryMs }));
}

/** Where there is no /proc, there is nothing to measure. */
export function known(bytes: number | undefined): number {
  return bytes ?? Number.NaN;
}

function headOf(target: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
