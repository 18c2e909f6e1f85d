import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  storedEventOfLine,
  storedEventWithFieldsText,
  toStoredEvent,
} from '../../../../core/event.ts';
import type { StoredEvent } from '../../../../core/event.ts';
import type { JsonObject } from '../../../../core/json.ts';
import { compileEncoder } from '../../../../encode/compile-encoder.ts';
import { compileLineReader } from '../../../../encode/line-reader.ts';
import { appTrana } from '../../../../feeds/apptrana.ts';
import { appTranaGenerator } from '../../../../feeds/apptrana-generator.ts';
import type { Feed } from '../../../../feeds/feed.ts';
import { inSync } from '../../../../feeds/insync.ts';
import { inSyncGenerator } from '../../../../feeds/insync-generator.ts';
import type { EventStore } from '../../../../store/event-store.ts';
import { openSqliteEventStore } from '../../../../store/sqlite/store.ts';
import { ManualClock } from '../../../../testing/manual-clock.ts';
import type { EventRow } from '../../api-types.ts';
import { EventSieve } from './event-sieve.ts';
import { eventView } from './event-view.ts';
import { searchEvents } from './search-events.ts';
import { wantedEvents } from './wanted-events.ts';

const startMs = Date.UTC(2026, 10, 20);
const eventCount = 300;

let folder = '';
let store: EventStore;
const clock = new ManualClock();
const never = new AbortController().signal;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-search-'));
  store = await openSqliteEventStore({ directory: folder, clock });
});
after(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** As a vendor sends them, in every form in which they may be stored. */
function mixedEvents(feed: Feed, generate: (nowMs: number) => JsonObject): StoredEvent[] {
  const options = { hostname: 'cloud.example.com', facility: 23 } as const;
  const encode = compileEncoder(feed, { ...options, format: 'cef', profile: 'strict' });
  const readLine = compileLineReader(feed);
  return Array.from({ length: eventCount }, (_, index): StoredEvent => {
    // Now and then out of order.
    const attributes = generate(startMs + index * 1000 - (index % 7 === 0 ? 90_000 : 0));
    const { event } = feed.readEvent(attributes);
    if (index % 97 === 50) {
      const gap = { fromMs: startMs, untilMs: startMs + index, count: 7, reason: 'it was late' };
      return toStoredEvent(feed.gapEvent(gap, startMs + index * 1000));
    }
    switch (index % 6) {
      case 0:
        return toStoredEvent({ ...event, fields: { ...event.fields, extra: { deep: ['Ünder'] } } });
      case 1: {
        // Every character escaped that can be.
        const text = JSON.stringify(event.fields).replaceAll(
          /[a-zé](?=[^"]*"[,}])/g,
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        const isSame = JSON.stringify(JSON.parse(text)) === JSON.stringify(event.fields);
        return isSame ? storedEventWithFieldsText(event, text) : toStoredEvent(event);
      }
      case 2: {
        const line = encode(event);
        const read = readLine(line);
        return storedEventOfLine({ ...event, type: read.type }, JSON.stringify(line));
      }
      case 3:
        return toStoredEvent({
          ...event,
          fields: { ...event.fields, note: 'ΟΔΟΣ Kelvin \u212A İ a/b' },
        });
      case 4:
        // Of a feed with a category; the other one passes it on as an attribute it does not know.
        return toStoredEvent({ ...event, fields: { ...event.fields, category: 'My "own"' } });
      default:
        return toStoredEvent(event);
    }
  });
}

interface Sample {
  readonly feed: Feed;
  readonly stream: `${string}/${string}`;
  readonly events: readonly StoredEvent[];
}

async function sampleOf(feed: Feed, generate: (nowMs: number) => JsonObject): Promise<Sample> {
  const events = mixedEvents(feed, generate);
  const stream = `acme/${feed.name}` as const;
  for (let first = 0; first < events.length; first += 50) {
    await store.append({ stream, events: events.slice(first, first + 50) });
  }
  return { feed, stream, events };
}

interface Filter {
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly category?: string | undefined;
  readonly type?: string | undefined;
  readonly state?: string | undefined;
  readonly minimumSeverity?: number | undefined;
  readonly text?: string | undefined;
}

/** Every event parsed and looked at, newest first: what a search is to find. */
function naiveSearch({ rows }: Pick<Looked, 'rows'>, filter: Filter): number[] {
  const words = fold(filter.text ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
  return rows
    .filter(
      ({ row, values }) =>
        row.occurredAtMs >= (filter.fromMs ?? -Infinity) &&
        row.occurredAtMs < (filter.untilMs ?? Infinity) &&
        (filter.category ?? row.category) === row.category &&
        (filter.type ?? row.type) === row.type &&
        (filter.state ?? row.state) === row.state &&
        row.severity >= (filter.minimumSeverity ?? 0) &&
        words.every((word) => values.some((value) => value.includes(word))),
    )
    .map(({ row }) => row.position)
    .toReversed();
}

interface Looked extends Sample {
  readonly rows: readonly { readonly row: EventRow; readonly values: readonly string[] }[];
}

function lookedAt(sample: Sample): Looked {
  const view = eventView(sample.feed);
  const rows = sample.events.map(({ json }, index) => {
    const event = view.complete(JSON.parse(json));
    const values = [event.id, event.type, ...Object.values(event.fields)];
    return {
      row: view.row(event, index + 1),
      values: values
        .filter((value) => value !== null)
        .map((value) => fold(typeof value === 'string' ? value : JSON.stringify(value))),
    };
  });
  return { ...sample, rows };
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ');
}

/** By as many searches as it takes. */
async function searchAll({ feed, stream }: Sample, filter: Filter, limit: number) {
  const wanted = wantedEvents(filter);
  const sieve = new EventSieve(eventView(feed), wanted);
  const budget = { scanMs: 1000, scanBytes: 1 };
  const positions: number[] = [];
  let scanned = 0;
  for (let at: number | undefined = Number.MAX_SAFE_INTEGER; at !== undefined;) {
    const search = { stream, wanted, sieve, before: at, limit, budget };
    const result = await searchEvents({ store, clock }, search, never);
    assert.ok(result.found.length <= limit);
    positions.push(...result.found.map(({ position }) => position));
    scanned += result.scannedEvents;
    at = result.next;
  }
  return { positions, scanned };
}

/** Made of what one event holds, so that it mostly finds that one and some others. */
function anyFilter({ rows }: Looked): fc.Arbitrary<Filter> {
  return fc.constantFrom(...rows).chain(({ row, values }) => {
    const words = values.flatMap((value) => value.split(/\s+/));
    const someWord = fc
      .tuple(fc.constantFrom(...words), fc.nat(6), fc.integer({ min: 1, max: 12 }))
      .map(([word, from, length]) => word.slice(from, from + length))
      .chain((word) => fc.constantFrom(word, word.toUpperCase(), word.toLowerCase()));
    const text = fc.oneof(
      { weight: 3, arbitrary: fc.array(someWord, { minLength: 1, maxLength: 2 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          ...['ünder', 'οδος', 'kelvin k', 'İ', 'a/b', '"', '\\', '[', '7 events', 'zzz'].map(
            (odd) => [odd],
          ),
        ),
      },
    );
    const time = fc.integer({ min: -60, max: 60 }).map((at) => row.occurredAtMs + at * 1000);
    const filter: fc.Arbitrary<Filter> = fc.record({
      fromMs: sometimes(time),
      untilMs: sometimes(time),
      category: sometimes(fc.constant(row.category)),
      type: sometimes(fc.constantFrom(row.type, row.type, row.type.slice(1))),
      state: sometimes(fc.constant(row.state ?? undefined)),
      minimumSeverity: sometimes(fc.integer({ min: -1, max: 1 }).map((by) => row.severity + by)),
      text: sometimes(text.map((some) => some.join(' '))),
    });
    return filter;
  });
}

function sometimes<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

describe('searching events', () => {
  for (const { feed, generator } of [
    { feed: inSync, generator: inSyncGenerator(5) },
    { feed: appTrana, generator: appTranaGenerator(5) },
  ]) {
    it(`finds what a look at every event of ${feed.title} finds`, async () => {
      // Goal: what the sieve decides from bytes is never wrong. Method: events stored in every form,
      // filters made of their own values, compared with parsing everything.
      const sample = lookedAt(await sampleOf(feed, generator));
      await fc.assert(
        fc.asyncProperty(
          anyFilter(sample),
          fc.integer({ min: 15, max: 90 }),
          async (filter, limit) => {
            const { positions } = await searchAll(sample, filter, limit);
            assert.deepEqual(positions, naiveSearch(sample, filter));
          },
        ),
        { numRuns: 200 },
      );
    });
  }

  it('looks at every event once, and at none outside the window', async () => {
    const events = Array.from({ length: 100 }, (_, index) =>
      toStoredEvent(inSync.readEvent(inSyncGenerator(index)(startMs + index * 1000)).event),
    );
    const sample: Sample = { feed: inSync, stream: 'once/insync', events };
    for (let first = 0; first < 100; first += 10) {
      await store.append({ stream: sample.stream, events: events.slice(first, first + 10) });
    }
    assert.equal((await searchAll(sample, { text: 'no such word' }, 5)).scanned, 100);
    assert.equal((await searchAll(sample, {}, 7)).scanned, 100);
    const window = { fromMs: startMs + 20_000, untilMs: startMs + 35_000 };
    assert.equal((await searchAll(sample, { ...window, text: 'no such' }, 5)).scanned, 15);
  });

  it('gives what it has when the time is up or the client has gone', async () => {
    const events = Array.from({ length: 30 }, (_, index) =>
      toStoredEvent(inSync.readEvent(inSyncGenerator(1)(startMs + index * 1000)).event),
    );
    const stream = 'slow/insync';
    for (const event of events) await store.append({ stream, events: [event] });
    const wanted = wantedEvents({ text: 'no such word' });
    const sieve = new EventSieve(eventView(inSync), wanted);
    const search = { stream, wanted, sieve, before: undefined, limit: 5 } as const;
    const short = { scanMs: 0, scanBytes: 1e9 };
    const result = await searchEvents({ store, clock }, { ...search, budget: short }, never);
    assert.equal(result.found.length, 0);
    assert.deepEqual([result.scannedEvents, result.next], [30, undefined]);
    const gone = await searchEvents(
      { store, clock },
      { ...search, budget: { scanMs: 1000, scanBytes: 1e9 } },
      AbortSignal.abort(),
    );
    assert.equal(gone.found.length, 0);
  });
});
