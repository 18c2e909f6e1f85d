import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/cli/system-clock.ts';
import { toStoredEvent } from '../../src/core/event.ts';
import type { StoredEvent } from '../../src/core/event.ts';
import { gapEventType } from '../../src/feeds/gap-record.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { EventSieve } from '../../src/http/console-api/resources/events/event-sieve.ts';
import { eventView } from '../../src/http/console-api/resources/events/event-view.ts';
import { searchEvents } from '../../src/http/console-api/resources/events/search-events.ts';
import { wantedEvents } from '../../src/http/console-api/resources/events/wanted-events.ts';
import { StreamTallies } from '../../src/http/console-api/resources/overview/stream-tallies.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';
import { eventTexts } from '../events.ts';
import { quantile } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';

const stream = 'acme/insync';
const startMs = Date.UTC(2026, 9, 20);
const spanMs = 30 * 86_400_000;
const gapEvery = 1_000_000;
const samples = 100;
const everything = { fromMs: 0, untilMs: 2 ** 50 };
const never = new AbortController().signal;
const budget = { scanMs: 800, scanBytes: 512 * 1024 * 1024 };

/** What the console's search costs on a long history: pages, jumps in time, and full scans. */
export const benchConsoleEvents: Bench = async ({ historyEvents }) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-console-'));
  try {
    await using store = await openSqliteEventStore({ directory: folder, clock: systemClock });
    await fill(store, historyEvents);
    return await measure(store, historyEvents);
  } finally {
    await rm(folder, { recursive: true });
  }
};

async function measure(store: EventStore, count: number): Promise<readonly BenchRow[]> {
  const size = `${count / 1_000_000} M events`;
  const firstMs = await latencies(() => search(store, {}, 100));
  const jumpMs = await latencies(() => {
    const fromMs = startMs + Math.floor(Math.random() * spanMs * 0.9);
    return search(store, { fromMs, untilMs: fromMs + 600_000 }, 100);
  });
  const bare = await rate(count, () => readAll(store));
  const rare = await rate(count, () => search(store, { type: gapEventType }, 100));
  const word = await rate(count, () => search(store, { text: 'no-such-word' }, 100));
  const state = { category: 'System Event', state: 'Never' };
  const scanned = await rate(count, () => search(store, state, 100));
  const limit = { name: 'reading backwards alone', value: bare.perSecond };
  const tally = await tallied(store);
  return [
    latencyRow(`console: first page of ${size}`, firstMs),
    latencyRow(`console: jump to ten minutes somewhere in ${size}`, jumpMs),
    scanRow(`console: rare type, all of ${size}`, rare, limit),
    scanRow(`console: word that does not occur, all of ${size}`, word, limit),
    scanRow(`console: category and state, all of ${size}`, scanned, limit),
    {
      path: 'console: counting seven days for the overview',
      value: tally.perSecond,
      unit: 'events/s',
      note: `${tally.events} events in the background; longest turn of the main thread ${tally.longestMs.toFixed(1)} ms`,
    },
  ];
}

function latencyRow(path: string, ms: readonly number[]): BenchRow {
  const [median, worst] = [quantile([...ms], 0.5), quantile([...ms], 0.99)];
  return { path, value: median, unit: 'ms', budget: 30, note: `p99 ${worst.toFixed(1)} ms` };
}

function scanRow(
  path: string,
  { perSecond, cpuMicrosecondsPerEvent }: Rate,
  limit: NonNullable<BenchRow['limit']>,
): BenchRow {
  return { path, value: perSecond, unit: 'events/s', limit, cpuMicrosecondsPerEvent };
}

/** As the console asks: as often as it takes, each time for about a second. */
async function search(store: EventStore, filter: object, limit: number): Promise<number> {
  const view = eventView(inSync);
  const wanted = wantedEvents(filter);
  const sieve = new EventSieve(view, wanted);
  let found = 0;
  for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined;) {
    const asked = { stream, wanted, sieve, before, limit: limit - found, budget } as const;
    const result = await searchEvents({ store, clock: systemClock }, asked, never);
    found += result.found.map(({ event, position }) => view.row(event, position)).length;
    before = found >= limit ? undefined : result.next;
  }
  return found;
}

async function readAll(store: EventStore): Promise<void> {
  const limits = { events: 20_000, bytes: 4 * 1024 * 1024 };
  let reading = store.readBefore(stream, Number.MAX_SAFE_INTEGER, everything, limits);
  for (;;) {
    const { next } = await reading;
    if (next === undefined) return;
    reading = store.readBefore(stream, next, everything, limits);
  }
}

async function tallied(store: EventStore) {
  const info = await store.streamInfo(stream);
  if (info === undefined) throw new Error('there are no events');
  const clock = { ...systemClock, nowMs: () => startMs + spanMs };
  const closing = new AbortController().signal;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is logged
  const tallies = new StreamTallies({ store, clock, closing, log: undefined as never });
  let [longestMs, last] = [0, performance.now()];
  const watch = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }, 0);
  const begunMs = performance.now();
  const tally = tallies.tallyOf(eventView(inSync), info, '');
  await tallies.settled();
  const seconds = (performance.now() - begunMs) / 1000;
  clearInterval(watch);
  const { counts } = tally.tally;
  const hours = Array.from(
    { length: 200 },
    (_, hour) => Math.floor(clock.nowMs() / 3_600_000) - hour,
  );
  const events = counts.categories.reduce(
    (sum, category) => sum + hours.reduce((all, hour) => all + counts.countOf(category, hour), 0),
    0,
  );
  return { events, perSecond: events / seconds, longestMs };
}

async function latencies(work: () => Promise<unknown>): Promise<number[]> {
  const ms: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const begunMs = performance.now();
    await work();
    ms.push(performance.now() - begunMs);
  }
  return ms;
}

interface Rate {
  readonly perSecond: number;
  /** Of all threads. */
  readonly cpuMicrosecondsPerEvent: number;
}

async function rate(count: number, work: () => Promise<unknown>): Promise<Rate> {
  const [begunMs, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: count / ((performance.now() - begunMs) / 1000),
    cpuMicrosecondsPerEvent: (user + system) / count,
  };
}

/** Realistic events over thirty days, with a gap record in every million. */
async function fill(store: EventStore, count: number): Promise<void> {
  const samplesOfEvents = eventTexts(20_000, { ascii: false }).map((text) =>
    toStoredEvent(inSync.readEvent(JSON.parse(text)).event),
  );
  for (let done = 0; done < count; done += 1000) {
    const events: StoredEvent[] = [];
    for (let number = done; number < Math.min(count, done + 1000); number += 1) {
      const occurredAtMs = startMs + Math.floor((number / count) * spanMs);
      const sample = samplesOfEvents[number % samplesOfEvents.length];
      if (sample !== undefined) events.push(at(sample, occurredAtMs));
      if (number % gapEvery === 0) events.push(gapAt(occurredAtMs));
    }
    await store.append({ stream, events });
  }
  await store.compact();
}

function at({ id, json }: StoredEvent, occurredAtMs: number): StoredEvent {
  return {
    id,
    occurredAtMs,
    json: json.replace(/"occurredAtMs":\d+/, `"occurredAtMs":${occurredAtMs}`),
  };
}

function gapAt(occurredAtMs: number): StoredEvent {
  const gap = { fromMs: occurredAtMs - 1, untilMs: occurredAtMs, count: 1, reason: 'a test' };
  return toStoredEvent(inSync.gapEvent(gap, occurredAtMs));
}
