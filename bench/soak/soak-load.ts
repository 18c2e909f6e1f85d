/** What goes through a service and a collector in a soak, and what is seen of it. */
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { ask, cookieIn } from '../ask.ts';
import { ingest } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';

export const eventsPerSecond = 2000;
const batchesPerSecond = 50;
/** A service that is slower than the load gets less of it. */
const batchesAtOnce = 20;
const lookEveryMs = 10;
const pullEveryMs = 1000;
const pageEvents = 10_000;

/** Posts 2,000 events a second until `signal` aborts, each with the moment when it was sent. */
export async function ingestSteadily(
  stand: ServiceStand,
  signal: AbortSignal,
): Promise<{ readonly events: number; readonly skippedBatches: number }> {
  const generate = inSyncGenerator(3);
  const underWay = new Set<Promise<void>>();
  let [events, skippedBatches] = [0, 0];
  const startMs = performance.now();
  for (let batch = 0; !signal.aborted; batch += 1) {
    await delay(Math.max(0, startMs + (batch * 1000) / batchesPerSecond - performance.now()));
    if (underWay.size >= batchesAtOnce) {
      skippedBatches += 1;
      continue;
    }
    const texts = Array.from({ length: eventsPerSecond / batchesPerSecond }, () =>
      JSON.stringify({ ...generate(Date.now()), eventDetails: `sent at ${performance.now()}` }),
    );
    events += texts.length;
    const posted = ingest(stand, Buffer.from(texts.join('\n'))).finally(() => {
      underWay.delete(posted);
    });
    underWay.add(posted);
  }
  await Promise.all(underWay);
  return { events, skippedBatches };
}

/** Follows the stream with long polls to where it ends once `signal` aborts; gives how many came. */
export async function followStream(stand: ServiceStand, signal: AbortSignal): Promise<number> {
  let [after, head] = [0, 0];
  while (!signal.aborted || after < head) {
    const path = `/streams/v1/insync?after=${after}&limit=10000&wait=1s`;
    const { headers } = await get(stand, path);
    after = Number(headers.get('tailrace-last-position'));
    head = Number(headers.get('tailrace-head-position'));
  }
  return after;
}

/**
 * Pulls over the Events API, a page a second, from the oldest retained event to the newest and then
 * again from the oldest: within a minute the service's page cache is as large as it may become.
 */
export async function pullSteadily(stand: ServiceStand, signal: AbortSignal): Promise<void> {
  const path = `/api/events/v1?format=CEF&limit=${pageEvents}`;
  let cookie = '';
  while (!signal.aborted) {
    const { headers, body } = await get(stand, path, cookie);
    const { events }: { readonly events: readonly unknown[] } = JSON.parse(body.toString());
    const isLast = events.length < pageEvents;
    cookie = isLast ? '' : (cookieIn(headers) ?? '');
    await delay(pullEveryMs, undefined, { signal }).catch(() => {});
  }
}

async function get(stand: ServiceStand, path: string, cookie = '') {
  return ask(`${stand.url}${path}`, {
    headers: { authorization: stand.basic, ...(cookie && { cookie }) },
    dispatcher: stand.dispatcher,
  });
}

/** Takes published files away, as a SIEM's collector does that deletes what it has read. */
export class FileWatcher {
  readonly #directory: string;
  #latenciesMs: number[] = [];
  #events = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** In files so far. */
  get events(): number {
    return this.#events;
  }

  /** From sending an event to seeing its file, of those seen since this was asked before. */
  takeLatenciesMs(): readonly number[] {
    const latenciesMs = this.#latenciesMs;
    this.#latenciesMs = [];
    return latenciesMs;
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#look();
      await delay(lookEveryMs);
    }
    this.#look();
  }

  #look(): void {
    const nowMs = performance.now();
    for (const name of readdirSync(this.#directory)) {
      const [, first, last] = /-(\d+)-(\d+)\.cef$/.exec(name) ?? [];
      if (last === undefined) continue;
      const path = join(this.#directory, name);
      for (const [, sentAt] of readFileSync(path, 'utf8').matchAll(/sent at ([\d.]+)/g)) {
        this.#latenciesMs.push(nowMs - Number(sentAt));
      }
      this.#events += Number(last) - Number(first) + 1;
      unlinkSync(path);
    }
  }
}
