/**
 * A service and a collector under a load that stays the same: 2,000 events a second over ingest, pulled
 * over the Streams API and the Events API, collected, and published into files that a watcher takes
 * away. What is looked at once a second must not grow.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import { freePort, TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { quantile } from '../measure.ts';
import { openServiceStand, ready, writeConfig } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';
import { growthOf } from './growth.ts';
import type { Growth, GrowthLimit, Sample } from './growth.ts';
import { FileWatcher, followStream, ingestSteadily, pullSteadily } from './soak-load.ts';
import { probe } from './soak-probe.ts';
import type { Probe, Probed } from './soak-probe.ts';

/** So short that runs of minutes see old events go. */
const retentionSeconds = 60;
/** Housekeeping comes once a minute: after so long, as much goes as comes. */
const steadyAfterSeconds = 3 * retentionSeconds;
/** For caches and compiled code, and of the time at least. */
const [warmUpSeconds, warmUpShare] = [60, 0.4];
/** In less, garbage that comes and goes looks like growth. */
const judgedSecondsMin = 120;
const completeWithinMs = 60_000;

/** What may grow by how much over the time that is judged. */
const limits = {
  RSS: { share: 0.15, least: 32 },
  heap: { share: 0.3, least: 16 },
  'memory outside the heap': { share: 0.1, least: 12 },
  'page cache': { share: 0, least: 8 },
  'open files': { share: 0, least: 8 },
  disk: { share: 0.15, least: 16 },
  segments: { share: 0.3, least: 20 },
  'latency p99': { share: 0.5, least: 200 },
} as const satisfies Record<Probe | 'latency p99', GrowthLimit>;

export interface SoakRow {
  readonly name: string;
  /** Undefined when there is hardly anything to draw a line through. */
  readonly growth: Growth | undefined;
  /** Whether the run was long enough to tell. */
  readonly isJudged: boolean;
}

export interface SoakResult {
  readonly rows: readonly SoakRow[];
  readonly eventsIngested: number;
  /** Logins are events, too. */
  readonly eventsStored: number;
  readonly eventsPublished: number;
  readonly eventsFollowed: number;
  readonly skippedBatches: number;
  /** Nothing grew, and everything came. */
  readonly holds: boolean;
}

/** Runs for `seconds`, and as long as it takes until everything is published. */
export async function runSoak(seconds: number, say: (line: string) => void): Promise<SoakResult> {
  await using stand = await openServiceStand({ retention: { events: `${retentionSeconds}s` } });
  await stand.start();
  const directory = join(stand.root, 'published');
  mkdirSync(directory);
  const monitor = `127.0.0.1:${await freePort()}`;
  await using collector = new TailraceProcess(collectorConfig(stand, directory, monitor));
  collector.start();
  await ready(`http://${monitor}`, collector);
  const probed = {
    service: { url: stand.url, dataDirectory: join(stand.root, 'data') },
    collector: { url: `http://${monitor}`, dataDirectory: join(stand.root, 'collected') },
  };
  const watcher = new FileWatcher(directory);
  const [feeding, reading] = [new AbortController(), new AbortController()];
  const ingesting = ingestSteadily(stand, feeding.signal);
  const following = followStream(stand, reading.signal);
  const others = [pullSteadily(stand, reading.signal), watcher.watch(reading.signal)];
  const working = Promise.all([ingesting, following, ...others]);
  const series = new Map<string, Sample[]>();
  await Promise.race([working, sample(probed, watcher, seconds, series, say)]);
  feeding.abort();
  const { events, skippedBatches } = await ingesting;
  const eventsStored = await headPosition(stand);
  for (const endAt = performance.now() + completeWithinMs; watcher.events < eventsStored;) {
    if (performance.now() > endAt) break;
    await delay(100);
  }
  reading.abort();
  await working;
  const rows = judged(series, seconds);
  return {
    rows,
    eventsIngested: events,
    eventsStored,
    eventsPublished: watcher.events,
    eventsFollowed: await following,
    skippedBatches,
    holds:
      watcher.events === eventsStored &&
      rows.every(({ growth, isJudged }) => !isJudged || growth?.holds === true),
  };
}

async function headPosition({ url, basic, dispatcher }: ServiceStand): Promise<number> {
  const headers = { authorization: basic };
  const response = await fetch(`${url}/streams/v1/insync?limit=1`, { headers, dispatcher });
  await response.arrayBuffer();
  return Number(response.headers.get('tailrace-head-position'));
}

function collectorConfig({ root, url, basic }: ServiceStand, directory: string, listen: string) {
  const [username = '', token = ''] = Buffer.from(basic.slice('Basic '.length), 'base64')
    .toString()
    .split(':');
  const file = join(root, 'token');
  writeFileSync(file, token, { mode: 0o600 });
  const source = { name: 'service', type: 'tailrace', url, username, stream: 'acme/insync' };
  const sink = { name: 'files', type: 'file', format: 'cef', profile: 'vendor', directory };
  return writeConfig(root, 'collector', {
    dataDirectory: join(root, 'collected'),
    monitor: { listen },
    retention: { events: `${retentionSeconds}s` },
    sources: [{ ...source, token: { file } }],
    sinks: [{ ...sink, rollEvery: '500ms' }],
  });
}

async function sample(
  probed: Readonly<Record<string, Probed>>,
  watcher: FileWatcher,
  seconds: number,
  series: Map<string, Sample[]>,
  say: (line: string) => void,
): Promise<void> {
  const startMs = performance.now();
  const add = (name: string, atSeconds: number, value: number) => {
    if (Number.isNaN(value)) return;
    const samples = series.get(name) ?? [];
    samples.push({ atSeconds, value });
    series.set(name, samples);
  };
  for (let second = 1; second <= seconds; second += 1) {
    await delay(Math.max(0, startMs + second * 1000 - performance.now()));
    for (const [process, one] of Object.entries(probed)) {
      for (const [name, value] of Object.entries(await probe(one))) {
        add(`${process}: ${name}`, second, value);
      }
    }
    add('ingest → file: latency p99', second, quantile(watcher.takeLatenciesMs(), 0.99));
    if (second % 30 === 0) say(`  ${second} s, ${watcher.events} events published`);
  }
}

function judged(
  series: ReadonlyMap<string, readonly Sample[]>,
  seconds: number,
): readonly SoakRow[] {
  return [...series].map(([name, samples]) => {
    const quantity = name.slice(name.indexOf(': ') + 2);
    const isKept = quantity === 'disk' || quantity === 'segments';
    const steadyFrom = isKept ? steadyAfterSeconds : warmUpSeconds;
    const from = Math.max(seconds * warmUpShare, Math.min(steadyFrom, seconds * 0.6));
    const late = samples.filter(({ atSeconds }) => atSeconds > from);
    const isJudged = from >= steadyFrom && seconds - from >= judgedSecondsMin;
    return {
      name,
      growth: growthOf(late, limits[isLimited(quantity) ? quantity : 'RSS']),
      isJudged,
    };
  });
}

function isLimited(quantity: string): quantity is keyof typeof limits {
  return quantity in limits;
}

function unitOf(name: string): string {
  if (/open files|segments/.test(name)) return '';
  return name.includes('latency') ? ' ms' : ' MiB';
}

/** A table of what was judged. */
export function soakReport({ rows, ...result }: SoakResult): string {
  const lines = rows.map(({ name, growth, isJudged }) => {
    if (growth === undefined) return `| ${name} | | | | | too short to tell |`;
    const unit = unitOf(name);
    const figure = (value: number) => `${value.toFixed(1)}${unit}`;
    const perHour = `${growth.perHour >= 0 ? '+' : ''}${figure(growth.perHour)}`;
    const verdict = isJudged ? (growth.holds ? 'yes' : '**no**') : 'too short to tell';
    const cells = [
      figure(growth.first),
      figure(growth.last),
      perHour,
      `+${figure(growth.allowed)}`,
    ];
    return `| ${name} | ${cells.join(' | ')} | ${verdict} |`;
  });
  return [
    '| what | line from | to | an hour | may rise by | holds |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    `${result.eventsIngested} events ingested, ${result.eventsStored} stored with those of logins, ` +
      `${result.eventsPublished} published, ${result.eventsFollowed} read over the Streams API; ` +
      `${result.skippedBatches} batches left out because many were under way`,
  ].join('\n');
}
