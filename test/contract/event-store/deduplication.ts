import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import {
  acme,
  globex,
  hourMs,
  jsonOf,
  newGround,
  readAll,
  someEvent,
  someEvents,
} from './ground.ts';

const deduplication = { horizonMs: hourMs };

export const deduplicationContract: EventStoreContract = {
  async 'leaves out events whose id the stream has seen, and repeats in the batch'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    await store.append({ stream: acme, events: someEvents(1, 3), deduplication });
    const events = [someEvent(5), someEvent(2), someEvent(5), someEvent(4), someEvent(3)];
    assert.deepEqual(await store.append({ stream: acme, events, deduplication }), {
      firstPosition: 4,
      lastPosition: 5,
      duplicates: 3,
      repeated: false,
    });
    assert.deepEqual(await readAll(store, acme), jsonOf([1, 2, 3, 5, 4].map((n) => someEvent(n))));
  },

  async 'answers a batch of duplicates only with an empty range'(implementation) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: someEvents(1, 3), deduplication };
    await ground.store.append(append);
    assert.deepEqual(await ground.store.append(append), {
      firstPosition: 4,
      lastPosition: 3,
      duplicates: 3,
      repeated: false,
    });
  },

  async 'sees across appends that wait together, across stores and after reopening'(
    implementation,
  ) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: someEvents(1, 3), deduplication };
    await Promise.all([ground.store.append(append), ground.store.append(append)]);
    const other = await ground.openAnother();
    assert.equal((await other.append(append)).duplicates, 3);
    await other.append({ stream: acme, events: [someEvent(4)], deduplication });
    const events = someEvents(1, 4);
    assert.equal(
      (await ground.store.append({ stream: acme, events, deduplication })).duplicates,
      4,
    );
    await ground.reopen();
    assert.equal(
      (await ground.store.append({ stream: acme, events, deduplication })).duplicates,
      4,
    );
  },

  async 'keeps streams apart'(implementation) {
    await using ground = await newGround(implementation);
    await ground.store.append({ stream: acme, events: someEvents(1, 3), deduplication });
    const append = { stream: globex, events: someEvents(1, 3), deduplication };
    assert.equal((await ground.store.append(append)).duplicates, 0);
  },

  async 'forgets an id when the horizon has passed, to the second'(implementation) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: [someEvent(1)], deduplication };
    await ground.store.append(append);
    ground.clock.advance(hourMs);
    assert.equal((await ground.store.append(append)).duplicates, 1);
    ground.clock.advance(1000);
    assert.equal((await ground.store.append(append)).duplicates, 0);
    assert.equal((await ground.store.append(append)).duplicates, 1);
  },

  async 'keeps an id for the whole second in which it is forgotten, through compaction too'(
    implementation,
  ) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    clock.advance(300);
    await store.append({ stream: acme, events: [someEvent(1)], deduplication });
    clock.advance(hourMs + 600);
    await store.compact();
    const again = { stream: acme, events: [someEvent(1), someEvent(2)], deduplication };
    assert.equal((await store.append(again)).duplicates, 1);
    clock.advance(100);
    assert.equal((await store.append(again)).duplicates, 1);
    assert.equal((await store.append(again)).duplicates, 2);
  },

  async 'remembers thousands of ids, offered again in any order'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    // Batches of many sizes: implementations may file small and large ones differently.
    for (const [first, count] of [
      [0, 1],
      [1, 9],
      [10, 90],
      [100, 900],
      [1000, 9000],
    ] as const) {
      const events = someEvents(first, count);
      assert.equal((await store.append({ stream: acme, events, deduplication })).duplicates, 0);
    }
    for (let first = 10_000; first < 10_100; first += 5) {
      await store.append({ stream: acme, events: someEvents(first, 5), deduplication });
    }
    await ground.reopen();
    const again = someEvents(0, 10_101).toReversed();
    const appended = await ground.store.append({ stream: acme, events: again, deduplication });
    assert.deepEqual([appended.duplicates, appended.lastPosition], [10_100, 10_101]);
  },
};
