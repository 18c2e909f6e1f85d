import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import { acme, globex, newGround, someEvents } from './ground.ts';

export const waitingContract: EventStoreContract = {
  async 'answers at once when the head is beyond, or there is no time to wait'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    assert.equal(await store.waitBeyond(acme, 0, 0), 0);
    await store.append({ stream: acme, events: someEvents(1, 3) });
    assert.equal(await store.waitBeyond(acme, 2, 60_000), 3);
    assert.equal(await store.waitBeyond(acme, 3, 0), 3);
  },

  async 'wakes everyone who waits for what is appended, and nobody else'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const woken: string[] = [];
    const note = (who: string) => (head: number) => woken.push(`${who} ${head}`);
    const first = store.waitBeyond(acme, 0, 60_000).then(note('first'));
    const second = store.waitBeyond(acme, 0, 60_000).then(note('second'));
    const far = store.waitBeyond(acme, 2, 60_000).then(note('far'));
    await store.append({ stream: globex, events: someEvents(1, 5) });
    await store.append({ stream: acme, events: someEvents(1, 2) });
    await Promise.all([first, second]);
    assert.deepEqual(woken.toSorted(), ['first 2', 'second 2']);
    await store.append({ stream: acme, events: someEvents(3, 1) });
    await far;
    assert.deepEqual(woken.at(-1), 'far 3');
  },

  async 'answers the head as it is when the time has passed'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    await store.append({ stream: acme, events: someEvents(1, 2) });
    const waiting = store.waitBeyond(acme, 2, 5000);
    while (!clock.sleeps.includes(5000)) await store.streams();
    clock.advance(5000);
    assert.equal(await waiting, 2);
  },

  async 'answers the head as it is when its signal aborts'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    const abort = new AbortController();
    const waiting = store.waitBeyond(acme, 0, 5000, abort.signal);
    while (!clock.sleeps.includes(5000)) await store.streams();
    abort.abort();
    assert.equal(await waiting, 0);
    assert.equal(await store.waitBeyond(acme, 0, 5000, AbortSignal.abort()), 0);
  },

  async 'sees within a second what another store appends'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    const other = await ground.openAnother();
    const waiting = store.waitBeyond(acme, 0, 60_000);
    while (!clock.sleeps.includes(60_000)) await store.streams();
    await other.append({ stream: acme, events: someEvents(1, 2) });
    clock.advance(1000);
    assert.equal(await waiting, 2);
  },

  async 'ends when the store closes'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    const waiting = store.waitBeyond(acme, 0, 60_000);
    while (!clock.sleeps.includes(60_000)) await store.streams();
    await store[Symbol.asyncDispose]();
    assert.equal(await waiting, 0);
  },
};
