import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import {
  acme,
  all,
  globex,
  jsonOf,
  linesOf,
  newGround,
  someEvent,
  someEvents,
  startMs,
} from './ground.ts';

export const readingContract: EventStoreContract = {
  async 'reads an empty page from a stream that does not exist'(implementation) {
    await using ground = await newGround(implementation);
    const nothing = { blocks: [], headPosition: 0, lost: undefined };
    assert.deepEqual(await ground.store.readAfter(acme, 0, all), nothing);
    assert.deepEqual(await ground.store.readAfter(acme, 7, all), nothing);
  },

  async 'starts anywhere and stops at the limit of events'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const events = someEvents(1, 60);
    for (let first = 0; first < 60; first += 20) {
      await store.append({ stream: acme, events: events.slice(first, first + 20) });
    }
    for (const after of [0, 1, 19, 20, 21, 39, 40, 58, 59]) {
      for (const limit of [1, 2, 19, 20, 21, 45, 100]) {
        const page = await store.readAfter(acme, after, { ...all, events: limit });
        assert.deepEqual(linesOf(page, after), jsonOf(events.slice(after, after + limit)));
        assert.equal(page.headPosition, 60);
      }
    }
    for (const after of [60, 61, 1000]) {
      const nothing = { blocks: [], headPosition: 60, lost: undefined };
      assert.deepEqual(await store.readAfter(acme, after, all), nothing);
    }
  },

  async 'stops at the limit of bytes, but gives at least one event'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const events = [...someEvents(1, 9), someEvent(10, 5000), ...someEvents(11, 9)];
    await store.append({ stream: acme, events: events.slice(0, 5) });
    await store.append({ stream: acme, events: events.slice(5) });
    for (const bytes of [0, 1, 150, 300, 1000, 2000, 6000, 100_000]) {
      for (let after = 0; after < events.length; after++) {
        const page = await store.readAfter(acme, after, { ...all, bytes });
        const lines = linesOf(page, after);
        const sizeBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
        assert.deepEqual(lines, jsonOf(events.slice(after, after + lines.length)));
        assert.ok(lines.length === 1 || (lines.length > 1 && sizeBytes <= bytes), `${bytes}`);
      }
    }
  },

  async 'gives many small events up to the limit of bytes, across segments'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (let first = 1; first <= 50; first++) {
      await store.append({ stream: acme, events: [someEvent(first)] });
    }
    const bytes = 2000;
    const lines = linesOf(await store.readAfter(acme, 3, { ...all, bytes }), 3);
    const sizeBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    assert.ok(sizeBytes > bytes - 200 && sizeBytes <= bytes, `${sizeBytes}`);
  },

  async 'describes each stream'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    assert.equal(await store.streamInfo(acme), undefined);
    await store.append({ stream: globex, events: someEvents(1, 1) });
    await store.append({ stream: acme, events: [someEvent(7), someEvent(5)] });
    await store.append({ stream: acme, events: [someEvent(9), someEvent(8)] });
    const info = await store.streamInfo(acme);
    assert.ok(info && info.storedBytes > 0);
    assert.deepEqual(info, {
      stream: acme,
      headPosition: 4,
      firstRetainedPosition: 1,
      oldestEventMs: startMs + 5000,
      newestEventMs: startMs + 9000,
      storedBytes: info.storedBytes,
    });
    const streams = await store.streams();
    assert.deepEqual(
      streams.map(({ stream, headPosition }) => [stream, headPosition]),
      [
        [acme, 4],
        [globex, 1],
      ],
    );
  },

  async 'finds nothing wrong with a healthy store'(implementation) {
    await using ground = await newGround(implementation);
    const deduplication = { horizonMs: 1000 };
    await ground.store.append({ stream: acme, events: someEvents(1, 100), deduplication });
    await ground.store.saveDelivery('siem', acme, { position: 5 });
    await ground.store.saveCheckpoint('druva', 'x');
    await ground.store.verify();
    await assert.rejects(ground.store.verify(AbortSignal.abort()), { name: 'AbortError' });
  },
};
