import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { StoredEvent } from '../../../src/core/event.ts';
import type { Position } from '../../../src/core/stream.ts';
import { timedEvents } from '../../../src/core/timed-block.ts';
import type { TimedEvent } from '../../../src/core/timed-block.ts';
import type { Window } from '../../../src/core/window.ts';
import type { EventStore, ReadLimits } from '../../../src/store/event-store.ts';
import type { EventStoreContract } from './ground.ts';
import { acme, all, globex, newGround, someEvent, someEvents, startMs } from './ground.ts';

const everything: Window = { fromMs: -(2 ** 50), untilMs: 2 ** 50 };
const tip = Number.MAX_SAFE_INTEGER;

export const backwardsContract: EventStoreContract = {
  async 'gives the newest events before a position'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (let first = 0; first < 50; first += 10) {
      await store.append({ stream: acme, events: someEvents(first, 10) });
    }
    await store.append({ stream: globex, events: someEvents(0, 5) });
    for (const before of [1, 2, 10, 11, 12, 31, 50, 51, 52, tip]) {
      for (const limit of [1, 2, 9, 10, 11, 100]) {
        const page = await store.readBefore(acme, before, everything, { ...all, events: limit });
        const last = Math.min(50, before - 1);
        const expected = positions(Math.max(1, last - limit + 1), last).toReversed();
        const got = page.blocks.flatMap(newestFirst);
        assert.deepEqual(
          got.map(({ position }) => position),
          expected,
          `${limit} before ${before}`,
        );
        assert.equal(page.headPosition, 50);
        assert.equal(page.next, (expected.at(-1) ?? 1) === 1 ? undefined : expected.at(-1));
      }
    }
  },

  async 'gives of each event position, time and text'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const events = [someEvent(3), someEvent(1), someEvent(2)];
    await store.append({ stream: acme, events });
    const { blocks } = await store.readBefore(acme, tip, everything, all);
    assert.deepEqual(blocks.flatMap(newestFirst), expectedOf(events).toReversed());
  },

  async 'has nothing before the beginning, and nothing of an unknown stream'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const nothing = { blocks: [], next: undefined, headPosition: 0 };
    assert.deepEqual(await store.readBefore(acme, tip, everything, all), nothing);
    await store.append({ stream: acme, events: someEvents(0, 3) });
    for (const before of [0, 1]) {
      const page = await store.readBefore(acme, before, everything, all);
      assert.deepEqual(page, { ...nothing, headPosition: 3 });
    }
  },

  async 'keeps to the limit of bytes, but gives at least one event'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const events = [...someEvents(1, 9), someEvent(10, 5000), ...someEvents(11, 9)];
    await store.append({ stream: acme, events: events.slice(0, 5) });
    await store.append({ stream: acme, events: events.slice(5) });
    for (const bytes of [0, 1, 150, 300, 1000, 2000, 6000, 100_000]) {
      for (let before = 2; before <= events.length + 1; before++) {
        const page = await store.readBefore(acme, before, everything, { ...all, bytes });
        const got = page.blocks.flatMap(newestFirst);
        const sizeBytes = page.blocks.reduce((sum, { ndjson }) => sum + ndjson.length, 0);
        assert.ok(got.length === 1 || (got.length > 1 && sizeBytes <= bytes), `${bytes}`);
        const expected = expectedOf(events).slice(before - 1 - got.length, before - 1);
        assert.deepEqual(got, expected.toReversed());
      }
    }
  },

  async 'begins behind what retention has dropped'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    await store.append({ stream: acme, events: someEvents(0, 10) });
    clock.advance(1_000_000);
    await store.append({ stream: acme, events: someEvents(100, 5) });
    assert.equal(await store.trim(acme, startMs + 100_000), 10);
    const page = await store.readBefore(acme, tip, everything, all);
    assert.deepEqual(
      page.blocks.flatMap(newestFirst).map(({ position }) => position),
      [15, 14, 13, 12, 11],
    );
    assert.equal(page.next, undefined);
    assert.deepEqual((await store.readBefore(acme, 11, everything, all)).blocks, []);
  },

  async 'holds what an array would hold, read in any steps'(implementation) {
    // Goal: nothing is missed or repeated, whatever the window, the limits and the segments are.
    // Method: random batches, compacted at a random moment, read from the head in random steps.
    const batches = fc.array(fc.array(fc.nat(40), { minLength: 1, maxLength: 15 }), {
      minLength: 1,
      maxLength: 12,
    });
    const limits = fc.record({ events: fc.integer({ min: 1, max: 9 }), bytes: fc.nat(3000) });
    const window = fc.tuple(fc.nat(45), fc.nat(45)).map(([fromS, lengthS]) => ({
      fromMs: startMs + fromS * 1000,
      untilMs: startMs + (fromS + lengthS) * 1000,
    }));
    const reads = fc.array(fc.tuple(limits, fc.oneof(window, fc.constant(everything))), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(batches, reads, fc.nat(12), async (numbers, chosen, compactAt) => {
        await using ground = await newGround(implementation);
        const { store } = ground;
        const events: StoredEvent[] = [];
        for (const [index, batch] of numbers.entries()) {
          if (index === compactAt) await store.compact();
          const added = batch.map((number) => someEvent(number, number * 10));
          await store.append({ stream: acme, events: added });
          events.push(...added);
        }
        for (const [limit, { fromMs, untilMs }] of chosen) {
          const expected = expectedOf(events).filter(
            ({ occurredAtMs }) => occurredAtMs >= fromMs && occurredAtMs < untilMs,
          );
          const got = await readBackwards(store, { fromMs, untilMs }, limit);
          assert.deepEqual(got, expected.toReversed());
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  },
};

/** All there is of the window, by as many reads as it takes. */
async function readBackwards(
  store: EventStore,
  window: Window,
  limits: ReadLimits,
): Promise<readonly TimedEvent[]> {
  const events: TimedEvent[] = [];
  for (let before: Position | undefined = tip; before !== undefined;) {
    const page = await store.readBefore(acme, before, window, limits);
    events.push(...page.blocks.flatMap(newestFirst));
    assert.ok((page.next ?? 0) < before, 'every read gets further');
    before = page.next;
  }
  return events;
}

function newestFirst(block: Parameters<typeof timedEvents>[0]): readonly TimedEvent[] {
  const events = [...timedEvents(block)];
  assert.ok(events.length > 0, 'a block holds something');
  return events.toReversed();
}

function expectedOf(events: readonly StoredEvent[]): readonly TimedEvent[] {
  return events.map(({ occurredAtMs, json }, index) => ({
    position: index + 1,
    occurredAtMs,
    json,
  }));
}

function positions(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
