import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { storedEventOfLine, toStoredEvent } from '../../../../core/event.ts';
import type { StoredEvent } from '../../../../core/event.ts';
import type { StreamName } from '../../../../core/stream.ts';
import { compileEncoder } from '../../../../encode/compile-encoder.ts';
import { inSync } from '../../../../feeds/insync.ts';
import { inSyncGenerator } from '../../../../feeds/insync-generator.ts';
import type { EventStore } from '../../../../store/event-store.ts';
import { openSqliteEventStore } from '../../../../store/sqlite/store.ts';
import { ManualClock } from '../../../../testing/manual-clock.ts';
import { eventView } from '../events/event-view.ts';
import { hourMs, hourOf } from './hour-counts.ts';
import { hourlyCounts } from './hourly-counts.ts';
import { StreamTallies } from './stream-tallies.ts';

const nowMs = Date.UTC(2026, 10, 21, 12, 30);
const dayMs = 24 * hourMs;
const view = eventView(inSync);
const log = pino({ level: 'silent' });

let folder = '';
let store: EventStore;
const clock = new ManualClock(nowMs);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-tally-'));
  store = await openSqliteEventStore({ directory: folder, clock });
});
after(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function event(seed: number, timeMs: number): StoredEvent {
  return toStoredEvent(inSync.readEvent(inSyncGenerator(seed)(timeMs)).event);
}

function newTallies(closing = new AbortController().signal): StreamTallies {
  return new StreamTallies({ store, clock, log, closing });
}

async function infoOf(stream: StreamName) {
  const info = await store.streamInfo(stream);
  assert.ok(info);
  return info;
}

/** What is counted when counting is over. */
async function counted(tallies: StreamTallies, stream: StreamName, incarnation = 'first') {
  const info = await infoOf(stream);
  const tally = tallies.tallyOf(view, info, incarnation);
  await tallies.settled();
  assert.equal(tally.countedShare(info), 1);
  const { categories, hours } = hourlyCounts([tally.tally.counts], hourOf(clock.nowMs()), 1);
  return { tally, categories, hours };
}

function total(hours: readonly { readonly counts: readonly number[] }[]): number {
  return hours.reduce((sum, { counts }) => sum + counts.reduce((all, count) => all + count, 0), 0);
}

describe('the tallies of streams', () => {
  it('count events by hour and category, as a look at each would', async () => {
    const stream = 'count/insync';
    const events = Array.from({ length: 2000 }, (_, index) =>
      event(index, nowMs - index * 5 * 60_000),
    );
    for (let first = 0; first < events.length; first += 400) {
      await store.append({ stream, events: events.slice(first, first + 400) });
    }
    const { categories, hours } = await counted(newTallies(), stream);
    const expected = new Map<string, number>();
    for (const { occurredAtMs, json } of events) {
      if (hourOf(occurredAtMs) <= hourOf(nowMs) - 168) continue;
      const category = view.categoryOf(view.complete(JSON.parse(json)));
      const key = `${category} ${hourOf(occurredAtMs)}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const got = hours.flatMap(({ startMs, counts }) =>
      counts.flatMap((count, index): [string, number][] =>
        count === 0 ? [] : [[`${categories[index]} ${startMs / hourMs}`, count]],
      ),
    );
    assert.deepEqual(new Map(got), expected);
    assert.equal(hours.length, 168);
    assert.equal(hours.at(-1)?.startMs, hourOf(nowMs) * hourMs);
  });

  it('add what comes, from this process or another, and count nothing twice', async () => {
    const stream = 'grow/insync';
    await store.append({ stream, events: [event(1, nowMs), event(2, nowMs - hourMs)] });
    const tallies = newTallies();
    assert.equal(total((await counted(tallies, stream)).hours), 2);
    await using other = await openSqliteEventStore({ directory: folder, clock });
    await other.append({ stream, events: [event(3, nowMs), event(4, nowMs)] });
    const info = await infoOf(stream);
    assert.ok(!tallies.tallyOf(view, info, 'first').isComplete(info));
    assert.equal(total((await counted(tallies, stream)).hours), 4);
    assert.equal(total((await counted(tallies, stream)).hours), 4);
  });

  it('say how much is counted, and do not call what the next step takes uncounted', async () => {
    const stream = 'share/insync';
    await store.append({ stream, events: [event(1, nowMs), event(2, nowMs - hourMs)] });
    const { tally } = await counted(newTallies(), stream);
    const info = await infoOf(stream);
    assert.equal(tally.countedShare({ ...info, headPosition: info.headPosition + 100 }), 1);
    const far = tally.countedShare({ ...info, headPosition: info.headPosition + 8000 });
    assert.ok(far > 0 && far < 0.01, `${far}`);
  });

  it('count events that are kept as lines, and those with odd attributes', async () => {
    const stream = 'lines/insync';
    const { event: read } = inSync.readEvent(inSyncGenerator(3)(nowMs));
    const options = { hostname: 'cloud.example.com', facility: 23 } as const;
    const line = compileEncoder(inSync, { ...options, format: 'cef', profile: 'vendor' })(read);
    const odd = { ...read, fields: { ...read.fields, more: { deep: true } } };
    const events = [storedEventOfLine(read, JSON.stringify(line)), toStoredEvent(odd)];
    await store.append({ stream, events });
    const { categories, hours } = await counted(newTallies(), stream);
    assert.deepEqual([categories, total(hours)], [[view.categoryOf(read)], 2]);
  });

  it('remember the newest gap records', async () => {
    const stream = 'gaps/insync';
    const gaps = Array.from({ length: 25 }, (_, index) => {
      const gap = { fromMs: nowMs - dayMs, untilMs: nowMs, count: index, reason: 'it was late' };
      return toStoredEvent(inSync.gapEvent(gap, nowMs - index));
    });
    await store.append({ stream, events: [...gaps, event(1, nowMs)] });
    const { tally } = await counted(newTallies(), stream);
    assert.equal(tally.tally.gaps.length, 20);
    assert.deepEqual(tally.tally.gaps[0], {
      feed: 'insync',
      position: 25,
      noticedAtMs: nowMs - 24,
      fromMs: nowMs - dayMs,
      untilMs: nowMs,
      count: 24,
      reason: 'it was late',
    });
  });

  it('forget hours that are no longer shown, and events from too far ahead', async () => {
    const stream = 'move/insync';
    const own = new ManualClock(nowMs);
    const tallies = new StreamTallies({
      store,
      clock: own,
      log,
      closing: new AbortController().signal,
    });
    await store.append({ stream, events: [event(1, nowMs), event(2, nowMs + 3 * dayMs)] });
    const first = tallies.tallyOf(view, await infoOf(stream), 'first');
    await tallies.settled();
    const { counts } = first.tally;
    assert.deepEqual(
      counts.categories.map((name) => counts.countOf(name, hourOf(nowMs))),
      [1],
    );
    own.advance(8 * dayMs);
    await store.append({ stream, events: [event(3, nowMs + 8 * dayMs)] });
    tallies.tallyOf(view, await infoOf(stream), 'first');
    await tallies.settled();
    assert.equal(
      counts.categories.reduce((sum, name) => sum + counts.countOf(name, hourOf(nowMs)), 0),
      0,
    );
  });

  it('begin anew when a stream was deleted and has come again', async () => {
    const stream = 'again/insync';
    await store.append({ stream, events: [1, 2, 3].map((seed) => event(seed, nowMs)) });
    const tallies = newTallies();
    assert.equal(total((await counted(tallies, stream)).hours), 3);
    await store.deleteStream(stream);
    await store.append({ stream, events: [event(9, nowMs)] });
    assert.equal(total((await counted(tallies, stream)).hours), 1);
  });

  it('begin anew for the next tenant of a name, however many events it has', async () => {
    const stream = 'heir/insync';
    const gap = { fromMs: nowMs - dayMs, untilMs: nowMs, count: 7, reason: 'the one before' };
    await store.append({
      stream,
      events: [toStoredEvent(inSync.gapEvent(gap, nowMs)), event(1, nowMs)],
    });
    const tallies = newTallies();
    assert.equal((await counted(tallies, stream)).tally.tally.gaps.length, 1);
    await store.deleteStream(stream);
    await store.append({ stream, events: [4, 5, 6].map((seed) => event(seed, nowMs)) });
    const { tally, hours } = await counted(tallies, stream, 'second');
    assert.deepEqual([total(hours), tally.tally.gaps], [3, []]);
  });

  it('end when the service closes, and when a stream goes while it is counted', async () => {
    const stream = 'gone/insync';
    await store.append({ stream, events: [event(1, nowMs)] });
    const info = await infoOf(stream);
    const tallies = newTallies();
    tallies.tallyOf(view, info, 'first');
    await tallies.settled();
    tallies.tallyOf(view, { ...info, headPosition: 50 }, 'first'); // it was, and is no more
    await tallies.settled();
    const closed = newTallies(AbortSignal.abort());
    const tally = closed.tallyOf(view, info, 'first');
    await closed.settled();
    assert.equal(tally.countedShare(info), 0);
  });

  it('keep attackers from filling memory with categories', async () => {
    const stream = 'names/insync';
    const { event: read } = inSync.readEvent(inSyncGenerator(3)(nowMs));
    const events = Array.from({ length: 100 }, (_, index) =>
      toStoredEvent({
        ...read,
        id: `e${index}`,
        fields: { ...read.fields, category: `C${index}` },
      }),
    );
    await store.append({ stream, events });
    const { categories, hours } = await counted(newTallies(), stream);
    assert.ok(categories.length <= 41 && categories.includes('Other categories'));
    assert.equal(total(hours), 100);
  });
});
