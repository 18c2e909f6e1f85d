import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDataDirectory, openDataStore } from '../../src/cli/open-data.ts';
import { toStoredEvent } from '../../src/core/event.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { ask } from '../ask.ts';
import { bodiesOf, eventTexts } from '../events.ts';
import { jsonParseRate } from '../limits.ts';
import { costOf, peakRssBytes } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { openServiceStand, writeConfig } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';
import { perEvent } from './ingest.ts';

const manyStreams = 1000;
const appendEvents = 10;
const clients = 32;
const eventsMax = 200_000;
const deliveredWithinMs = 600_000;
const actor = { name: 'bench' };

/** Small appends to one stream, and to a thousand: ingest, and delivery into files. */
export const benchManyStreams: Bench = async ({ events }) => {
  const count = Math.min(events, eventsMax);
  return [...(await ingestRows(count)), ...(await deliverRows(count))];
};

async function ingestRows(events: number): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const ascii of [true, false]) {
    const texts = eventTexts(Math.min(events, 50_000), { ascii });
    const bodies = bodiesOf(texts, appendEvents);
    const posts = events / appendEvents;
    let oneStream: number | undefined;
    for (const streams of [1, manyStreams]) {
      await using stand = await openServiceStand();
      const targets = await createTenants(stand, streams);
      await stand.start();
      const post = (number: number) =>
        postTo(stand, targets[number % streams], bodies[number % bodies.length]);
      await inTurns(Math.min(posts, 500), post);
      const cost = await costOf(stand.process.pid, () => inTurns(posts, post));
      const value = events / cost.wallSeconds;
      rows.push({
        path: `ingest over HTTP, ${appendEvents} events a request, ${streamsText(streams)}, ${ascii ? 'ASCII' : 'many scripts'}`,
        value,
        unit: 'events/s',
        limit:
          oneStream === undefined
            ? { name: 'JSON.parse of the same', value: jsonParseRate(texts) }
            : { name: 'one stream', value: oneStream },
        cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
        peakRssBytes: peakRssBytes(stand.process.pid),
        note: `${Math.round(posts / cost.wallSeconds)} requests/s, ${clients} at a time, each durable before its answer`,
      });
      oneStream = value;
    }
  }
  return rows;
}

interface Target {
  readonly path: string;
  readonly authorization: string;
}

async function createTenants({ root }: ServiceStand, count: number): Promise<readonly Target[]> {
  await using directory = await openDataDirectory({ directory: join(root, 'data') }, {});
  const targets: Target[] = [];
  for (let number = 1; number <= count; number += 1) {
    const id = `tenant-${number}`;
    await directory.createTenant({ id, title: id, edition: 'Elite' }, actor);
    const { key } = await directory.createIngestKey(id, 'product', actor);
    targets.push({ path: `/ingest/v1/${id}/insync`, authorization: `Bearer ${key.reveal()}` });
  }
  return targets;
}

async function postTo(
  { url, dispatcher }: ServiceStand,
  target: Target | undefined,
  body: Buffer | undefined,
): Promise<void> {
  if (target === undefined || body === undefined) throw new Error('there is nothing to post');
  const { path, authorization } = target;
  const headers = { authorization, 'content-type': 'application/x-ndjson' };
  await ask(url + path, { method: 'POST', headers, body, dispatcher });
}

/** Does `work` for 0 to `count - 1`, as many at a time as there are clients. */
async function inTurns(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

async function deliverRows(events: number): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const ascii of [true, false]) {
    let oneStream: number | undefined;
    for (const streams of [1, manyStreams]) {
      const row = await deliverRow(events, streams, ascii);
      rows.push({
        ...row,
        ...(oneStream !== undefined && { limit: { name: 'one stream', value: oneStream } }),
      });
      oneStream = row.value;
    }
  }
  return rows;
}

/** A store that got its events in small appends, stream by stream in turn, and a collector before it. */
async function deliverRow(events: number, streams: number, ascii: boolean): Promise<BenchRow> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const directory = join(root, 'published');
  mkdirSync(directory);
  const data = join(root, 'data');
  await fillStreams(data, events, streams, ascii);
  const sink = { name: 'files', type: 'file', format: 'cef', profile: 'strict', directory };
  const collector = new TailraceProcess(
    writeConfig(root, 'collector', {
      dataDirectory: data,
      monitor: { listen: '127.0.0.1:0' },
      sinks: [{ ...sink, rollEvery: '1s' }],
    }),
  );
  try {
    collector.start();
    const cost = await costOf(collector.pid, () => removeAll(directory, events, collector));
    return {
      path: `store → published CEF files, ${streamsText(streams)} with ${events / streams} events each, ${ascii ? 'ASCII' : 'many scripts'}`,
      value: events / cost.wallSeconds,
      unit: 'events/s',
      cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
      peakRssBytes: peakRssBytes(collector.pid),
      note: `appended ${appendEvents} at a time; the process's start included`,
    };
  } finally {
    await collector.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

async function fillStreams(
  directory: string,
  events: number,
  streams: number,
  ascii: boolean,
): Promise<void> {
  await using store = await openDataStore({ directory });
  const stored = eventTexts(Math.min(events, 50_000), { ascii }).map((text) =>
    toStoredEvent(inSync.readEvent(JSON.parse(text)).event),
  );
  await inTurns(events / appendEvents, async (number) => {
    const stream = `tenant-${(number % streams) + 1}/insync` as const;
    const start = (number * appendEvents) % stored.length;
    await store.append({ stream, events: stored.slice(start, start + appendEvents) });
  });
}

/** Takes files away; resolves when they held `events` events. */
async function removeAll(
  directory: string,
  events: number,
  collector: TailraceProcess,
): Promise<void> {
  const endAt = performance.now() + deliveredWithinMs;
  for (let held = 0; held < events;) {
    for (const name of readdirSync(directory)) {
      const [, first, last] = /-(\d+)-(\d+)\.cef$/.exec(name) ?? [];
      if (last === undefined) continue;
      held += Number(last) - Number(first) + 1;
      unlinkSync(join(directory, name));
    }
    if (performance.now() > endAt) throw new Error(`not delivered in time\n${collector.log}`);
    await delay(10);
  }
}

function streamsText(streams: number): string {
  return streams === 1 ? 'one stream' : `${streams.toLocaleString('en')} streams`;
}
