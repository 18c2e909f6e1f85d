import assert from 'node:assert/strict';
import { EventLinesWriter } from '../../../src/core/event-lines.ts';
import type { EventStoreContract } from './ground.ts';
import { acme, globex, jsonOf, newGround, readAll, someEvent, someEvents } from './ground.ts';

export const appendContract: EventStoreContract = {
  async 'gives out positions 1, 2, 3 … in every stream'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const fresh = { duplicates: 0, repeated: false };
    assert.deepEqual(await store.append({ stream: acme, events: someEvents(1, 3) }), {
      ...fresh,
      firstPosition: 1,
      lastPosition: 3,
    });
    assert.deepEqual(await store.append({ stream: globex, events: someEvents(1, 1) }), {
      ...fresh,
      firstPosition: 1,
      lastPosition: 1,
    });
    assert.deepEqual(await store.append({ stream: acme, events: someEvents(4, 2) }), {
      ...fresh,
      firstPosition: 4,
      lastPosition: 5,
    });
  },

  async 'keeps exactly the bytes it was given'(implementation) {
    await using ground = await newGround(implementation);
    const events = [...someEvents(1, 50), someEvent(51, 300_000), someEvent(52)];
    await ground.store.append({ stream: acme, events });
    assert.deepEqual(await readAll(ground.store, acme), jsonOf(events));
    await ground.reopen();
    assert.deepEqual(await readAll(ground.store, acme), jsonOf(events));
  },

  async 'takes events that are bytes already, and leaves out those it has seen'(implementation) {
    await using ground = await newGround(implementation);
    const deduplication = { horizonMs: 60_000 };
    for (const [first, count] of [
      [1, 3],
      [2, 4],
    ] as const) {
      const lines = new EventLinesWriter(64);
      for (const event of someEvents(first, count)) lines.add(event);
      await ground.store.append({ stream: acme, events: lines.finish(), deduplication });
    }
    assert.deepEqual(await readAll(ground.store, acme), jsonOf(someEvents(1, 5)));
  },

  async 'stores a batch larger than a segment as one run of positions'(implementation) {
    await using ground = await newGround(implementation);
    const events = [...someEvents(1, 30, 100_000), ...someEvents(31, 2, 2_000_000)];
    const appended = await ground.store.append({ stream: acme, events });
    assert.equal(appended.lastPosition, 32);
    assert.deepEqual(await readAll(ground.store, acme), jsonOf(events));
  },

  async 'stores nothing of a batch with an event that cannot be stored'(implementation) {
    await using ground = await newGround(implementation);
    const faults = [
      { ...someEvent(2), json: '{\n}' },
      { ...someEvent(2), json: '' },
      { ...someEvent(2), id: 'a\nb' },
      { ...someEvent(2), occurredAtMs: 1.5 },
      { ...someEvent(2), occurredAtMs: Number.NaN },
      { ...someEvent(2), occurredAtMs: 1e18 },
    ];
    for (const fault of faults) {
      const append = ground.store.append({ stream: acme, events: [someEvent(1), fault] });
      await assert.rejects(append, { code: 'input_invalid', message: /^event 2: / });
    }
    assert.equal(await ground.store.streamInfo(acme), undefined);
  },

  async 'answers an empty batch with the place where the next event will stand'(implementation) {
    await using ground = await newGround(implementation);
    const nothing = { duplicates: 0, repeated: false };
    assert.deepEqual(await ground.store.append({ stream: acme, events: [] }), {
      ...nothing,
      firstPosition: 1,
      lastPosition: 0,
    });
    assert.equal(await ground.store.streamInfo(acme), undefined);
    assert.deepEqual(await ground.store.streams(), []);
    await ground.store.append({ stream: acme, events: someEvents(1, 2) });
    assert.deepEqual(await ground.store.append({ stream: acme, events: [] }), {
      ...nothing,
      firstPosition: 3,
      lastPosition: 2,
    });
  },

  async 'gives appends that wait together consecutive positions in their order'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const batches = Array.from({ length: 40 }, (_, index) => someEvents(index * 3 + 1, 3));
    const answers = await Promise.all(
      batches.map((events) => store.append({ stream: acme, events })),
    );
    const expected = batches.map((_, index) => index * 3 + 1);
    assert.deepEqual(
      answers.map((answer) => answer.firstPosition),
      expected,
    );
    assert.deepEqual(await readAll(store, acme), jsonOf(batches.flat()));
  },

  async 'lets an append that is refused fail alone'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const idempotency = { key: 'k', digest: 'one' };
    await store.append({ stream: acme, events: [someEvent(1)], idempotency });
    const [before, refused, behind] = await Promise.allSettled([
      store.append({ stream: acme, events: [someEvent(2)] }),
      store.append({
        stream: acme,
        events: [someEvent(3)],
        idempotency: { key: 'k', digest: 'two' },
      }),
      store.append({ stream: acme, events: [someEvent(4)] }),
    ]);
    assert.deepEqual(
      [before.status, refused.status, behind.status],
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(await readAll(store, acme), jsonOf([1, 2, 4].map((n) => someEvent(n))));
  },

  async 'leaves no hole and no double position when several stores append at once'(implementation) {
    await using ground = await newGround(implementation);
    const stores = [ground.store, await ground.openAnother()];
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const store = stores[index % stores.length] ?? ground.store;
        return store.append({ stream: acme, events: someEvents(index * 2, 2) });
      }),
    );
    const firsts = answers.map((answer) => answer.firstPosition).toSorted((a, b) => a - b);
    assert.deepEqual(
      firsts,
      firsts.map((_, index) => index * 2 + 1),
    );
    const lines = await readAll(ground.store, acme);
    answers.forEach(({ firstPosition, lastPosition }, index) => {
      const own = lines.slice(firstPosition - 1, lastPosition);
      assert.deepEqual(own, jsonOf(someEvents(index * 2, 2)));
    });
  },

  async 'does not begin when its signal has aborted'(implementation) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: someEvents(1, 1) };
    await assert.rejects(ground.store.append(append, AbortSignal.abort()), { name: 'AbortError' });
    assert.equal(await ground.store.streamInfo(acme), undefined);
  },

  async 'finishes what was accepted when it closes, and takes nothing more'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const accepted = Array.from({ length: 10 }, async (_, index) =>
      store.append({ stream: acme, events: [someEvent(index)] }),
    );
    await store[Symbol.asyncDispose]();
    await Promise.all(accepted);
    const late = store.append({ stream: acme, events: [someEvent(11)] });
    await assert.rejects(late, { code: 'store_unavailable' });
    assert.equal((await readAll(await ground.openAnother(), acme)).length, 10);
  },
};
