import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import { acme, newGround, readWindow, someEvent, someEvents, startMs } from './ground.ts';

export const windowContract: EventStoreContract = {
  async 'gives the events of a half-open window with position, time and text'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (let first = 0; first < 50; first += 10) {
      await store.append({ stream: acme, events: someEvents(first, 10) });
    }
    const window = { fromMs: startMs + 15_000, untilMs: startMs + 32_000 };
    const expected = someEvents(15, 17).map(({ occurredAtMs, json }, index) => ({
      position: 16 + index,
      occurredAtMs,
      json,
    }));
    assert.deepEqual(await readWindow(store, acme, window), expected);
  },

  async 'gives position order whatever the order of times'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const numbers = [30, 10, 20, 40, 5, 25, 15, 35];
    for (let first = 0; first < numbers.length; first += 2) {
      const events = numbers.slice(first, first + 2).map((number) => someEvent(number));
      await store.append({ stream: acme, events });
    }
    const window = { fromMs: startMs + 10_000, untilMs: startMs + 30_000 };
    const events = await readWindow(store, acme, window);
    assert.deepEqual(
      events.map((event) => event.position),
      [2, 3, 6, 7],
    );
  },

  async 'gives nothing for an empty window, a window without events, or an unknown stream'(
    implementation,
  ) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const window = { fromMs: startMs, untilMs: startMs + 1000 };
    assert.deepEqual(await readWindow(store, acme, window), []);
    await store.append({ stream: acme, events: [someEvent(0), someEvent(10)] });
    assert.equal((await readWindow(store, acme, window)).length, 1);
    assert.deepEqual(await readWindow(store, acme, { ...window, untilMs: startMs }), []);
    const between = { fromMs: startMs + 2000, untilMs: startMs + 9000 };
    assert.deepEqual(await readWindow(store, acme, between), []);
  },

  async 'stops at once when its signal aborts'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (let first = 0; first < 5; first++) {
      await store.append({ stream: acme, events: [someEvent(first)] });
    }
    const abort = new AbortController();
    const window = { fromMs: startMs, untilMs: startMs + 10_000 };
    const read = async () => {
      for await (const _ of store.readWindow(acme, window, abort.signal)) abort.abort();
    };
    await assert.rejects(read(), { name: 'AbortError' });
    await assert.rejects(readWindow(store, acme, window, AbortSignal.abort()), {
      name: 'AbortError',
    });
  },

  async 'misses and repeats nothing when segments are merged or trimmed under it'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    for (let first = 0; first < 40; first++) {
      await store.append({ stream: acme, events: [someEvent(first)] });
    }
    const window = { fromMs: startMs, untilMs: startMs + 100_000 };
    const positions: number[] = [];
    for await (const block of store.readWindow(acme, window)) {
      if (positions.length === 0) await store.compact();
      positions.push(...block.positions);
    }
    assert.deepEqual(
      positions,
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    clock.advance(200_000);
    for (let first = 100; first < 105; first++) {
      await store.append({ stream: acme, events: [someEvent(first)] });
    }
    const left: number[] = [];
    const later = { fromMs: startMs, untilMs: startMs + 200_000 };
    for await (const block of store.readWindow(acme, later)) {
      left.push(...block.positions);
      if (left.length === 40) await store.trim(acme, startMs + 103_000);
    }
    assert.deepEqual(left.slice(0, 40), positions);
    assert.deepEqual(left.slice(-5), [41, 42, 43, 44, 45]);
  },
};
