import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventLinesOf } from '../core/event-lines.ts';
import type { StoredEvent } from '../core/event.ts';
import type { EventStore } from '../store/event-store.ts';
import { openSqliteEventStore } from '../store/sqlite/store.ts';
import { storedEventsOf } from '../testing/events-of-lines.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { HeldEvents } from './held-events.ts';

const stream = 'acme/insync';
const source = { name: 'vendor', stream } as const;
const { signal } = new AbortController();
const dayMs = 86_400_000;

describe('events that a stream holds already', () => {
  it('are found whatever the order in which they were appended', async () => {
    await using place = await openPlace();
    // The newest segment does not hold the latest time.
    await place.append(eventAt(1, 100), eventAt(2, 9000));
    await place.append(eventAt(3, 50));
    const held = new HeldEvents(place.store, source);
    await held.restart();

    const fresh = eventAt(4, 9500);
    const page = eventLinesOf([eventAt(1, 100), eventAt(2, 9000), eventAt(3, 50), fresh]);

    assert.deepEqual(storedEventsOf(await held.withoutRepeated(page, signal)), [fresh]);
    assert.deepEqual(storedEventsOf(await held.withoutHeld(page, signal)), [fresh]);
  });

  it('are those of the moment in which the source started again', async () => {
    await using place = await openPlace();
    const held = new HeldEvents(place.store, source);
    await held.restart();
    const event = eventAt(1, 100);
    await place.append(event);

    const page = eventLinesOf([event]);
    assert.deepEqual(storedEventsOf(await held.withoutRepeated(page, signal)), [event]);
    assert.deepEqual(storedEventsOf(await held.withoutHeld(page, signal)), []);
  });

  it('are the same to a process that goes on in the middle of repeats', async () => {
    await using place = await openPlace();
    await place.append(eventAt(1, 3 * dayMs));
    place.clock.advance(9 * dayMs);
    await place.store.trim(stream, place.clock.nowMs() - dayMs);
    await new HeldEvents(place.store, source).restart();
    await place.append(eventAt(1, 3 * dayMs));

    // It is older than all that is left, and was never here.
    const late = eventAt(2, dayMs);
    const page = eventLinesOf([eventAt(1, 3 * dayMs), late]);
    const held = new HeldEvents(place.store, source);
    const kept = await held.withoutRepeated(page, signal);

    assert.deepEqual(storedEventsOf(kept), [eventAt(1, 3 * dayMs), late]);
  });

  it('stay so when the source starts again before it was through', async () => {
    await using place = await openPlace();
    const held = new HeldEvents(place.store, source);
    await place.append(eventAt(1, 3 * dayMs));
    place.clock.advance(9 * dayMs);
    await place.store.trim(stream, place.clock.nowMs() - dayMs);
    await held.restart();
    await place.append(eventAt(1, 3 * dayMs));
    await place.append(eventAt(2, 4 * dayMs));
    place.clock.advance(7 * dayMs);
    await place.append(eventAt(3, 5 * dayMs));
    await place.store.trim(stream, place.clock.nowMs() - dayMs);
    await new HeldEvents(place.store, source).restart();
    const late = eventAt(4, dayMs);
    const page = () => eventLinesOf([late, eventAt(3, 5 * dayMs)]);
    const kept = () => new HeldEvents(place.store, source).withoutRepeated(page(), signal);

    assert.deepEqual(storedEventsOf(await kept()), [late]);
    const through = new HeldEvents(place.store, source);
    await through.finish();
    await through.restart();
    assert.deepEqual(storedEventsOf(await kept()), [], 'as always after that');
  });

  it('are those of the stream, whatever the source had before', async () => {
    await using place = await openPlace();
    await place.append(eventAt(1, 0));
    place.clock.advance(3 * dayMs);
    await place.append(eventAt(2, 3 * dayMs));
    await place.store.trim(stream, place.clock.nowMs() - dayMs);
    await new HeldEvents(place.store, source).restart();
    const elsewhere = new HeldEvents(place.store, { name: 'vendor', stream: 'acme/other' });
    const kept = await elsewhere.withoutRepeated(eventLinesOf([eventAt(1, 0)]), signal);
    assert.equal(kept.ids.length, 1);
  });

  it('are those of now to it when an earlier version has not noted more', async () => {
    await using place = await openPlace();
    await place.append(eventAt(1, 100));
    const held = new HeldEvents(place.store, source);
    const page = eventLinesOf([eventAt(1, 100), eventAt(2, 200)]);
    const kept = await held.withoutRepeated(page, signal);
    assert.deepEqual(storedEventsOf(kept), [eventAt(2, 200)]);
  });

  it('are also those that retention has dropped', async () => {
    await using place = await openPlace();
    await place.append(eventAt(1, 0));
    place.clock.advance(3 * dayMs);
    await place.append(eventAt(2, 3 * dayMs));
    await place.store.trim(stream, place.clock.nowMs() - dayMs);
    const held = new HeldEvents(place.store, source);
    await held.restart();

    const fresh = eventAt(3, 4 * dayMs);
    const page = eventLinesOf([eventAt(1, 0), eventAt(2, 3 * dayMs), fresh]);
    const kept = await held.withoutRepeated(page, signal);

    assert.deepEqual(storedEventsOf(kept), [fresh]);
  });

  it('are also those that were dropped before an event that is wrongly dated', async () => {
    // Goal: one event dated 1970 among those that are left does not make all that went look new.
    await using place = await openPlace();
    await place.append(eventAt(1, dayMs));
    place.clock.advance(9 * dayMs);
    await place.append(eventAt(2, 0), eventAt(3, 9 * dayMs));
    const retainedSinceMs = () => place.clock.nowMs() - 2 * dayMs;
    await place.store.trim(stream, retainedSinceMs());
    const held = new HeldEvents(place.store, source, retainedSinceMs);
    await held.restart();

    const late = eventAt(4, 8 * dayMs);
    const page = () =>
      eventLinesOf([eventAt(1, dayMs), eventAt(2, 0), eventAt(3, 9 * dayMs), late]);
    assert.deepEqual(storedEventsOf(await held.withoutRepeated(page(), signal)), [late]);
  });

  it('are all that occurred before when retention has dropped everything', async () => {
    await using place = await openPlace();
    await place.append(eventAt(1, dayMs));
    place.clock.advance(9 * dayMs);
    const retainedSinceMs = () => place.clock.nowMs() - 2 * dayMs;
    await place.store.trim(stream, retainedSinceMs());
    const held = new HeldEvents(place.store, source, retainedSinceMs);
    await held.restart();

    const fresh = eventAt(2, 8 * dayMs);
    const page = eventLinesOf([eventAt(1, dayMs), fresh]);
    assert.deepEqual(storedEventsOf(await held.withoutRepeated(page, signal)), [fresh]);
  });

  it('are none that occurred after the newest one that was ever pulled', async () => {
    // Goal: who was off for longer than events are retained stores all that happened meanwhile.
    await using place = await openPlace();
    await place.append(eventAt(1, dayMs));
    place.clock.advance(12 * dayMs);
    const retainedSinceMs = () => place.clock.nowMs() - 2 * dayMs;
    await place.store.trim(stream, retainedSinceMs());
    const held = new HeldEvents(place.store, source, retainedSinceMs);
    await held.restart(5 * dayMs);

    const missed = eventAt(2, 7 * dayMs);
    const page = eventLinesOf([eventAt(1, dayMs), missed]);
    assert.deepEqual(storedEventsOf(await held.withoutRepeated(page, signal)), [missed]);
  });
});

interface Place extends AsyncDisposable {
  readonly store: EventStore;
  readonly clock: ManualClock;
  append(...events: readonly StoredEvent[]): Promise<void>;
}

async function openPlace(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'tailrace-held-'));
  const clock = new ManualClock(0);
  const store = await openSqliteEventStore({ directory, clock });
  return {
    store,
    clock,
    append: async (...events) => void (await store.append({ stream, events })),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function eventAt(number: number, occurredAtMs: number): StoredEvent {
  return { id: `e${number}`, occurredAtMs, json: `{"id":"e${number}"}` };
}
