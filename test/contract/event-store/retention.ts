import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import {
  acme,
  all,
  hourMs,
  jsonOf,
  linesOf,
  newGround,
  readAll,
  someEvent,
  someEvents,
  startMs,
} from './ground.ts';

export const retentionContract: EventStoreContract = {
  async 'drops whole segments whose every event is old, from the front, and says what is lost'(
    implementation,
  ) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    await store.append({ stream: acme, events: someEvents(1, 3) });
    await store.append({ stream: acme, events: [someEvent(4), someEvent(20)] });
    await store.append({ stream: acme, events: someEvents(6, 2) });
    clock.advance(hourMs);
    assert.equal(await store.trim(acme, startMs + 10_000), 3);
    assert.equal(await store.trim(acme, startMs + 10_000), 0);
    const page = await store.readAfter(acme, 1, all);
    assert.deepEqual(page.lost, {
      firstPosition: 2,
      lastPosition: 3,
      untilMs: startMs + 4000,
    });
    assert.deepEqual(linesOf(page, 3), jsonOf([4, 20, 6, 7].map((number) => someEvent(number))));
    assert.equal((await store.readAfter(acme, 3, all)).lost, undefined);
    assert.equal((await store.streamInfo(acme))?.firstRetainedPosition, 4);
  },

  async 'keeps what was appended lately, however long ago it occurred'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    clock.advance(24 * hourMs);
    await store.append({ stream: acme, events: someEvents(1, 3) });
    assert.equal(await store.trim(acme, startMs + hourMs), 0);
    clock.advance(1);
    assert.equal(await store.trim(acme, clock.nowMs()), 3);
  },

  async 'never gives out a position twice, even when everything was dropped'(implementation) {
    await using ground = await newGround(implementation);
    ground.clock.advance(hourMs);
    await ground.store.append({ stream: acme, events: someEvents(1, 5) });
    ground.clock.advance(hourMs);
    assert.equal(await ground.store.trim(acme, ground.clock.nowMs()), 5);
    await ground.reopen();
    const { store } = ground;
    assert.deepEqual(await store.streamInfo(acme), {
      stream: acme,
      headPosition: 5,
      firstRetainedPosition: 6,
      oldestEventMs: undefined,
      newestEventMs: undefined,
      storedBytes: 0,
    });
    assert.deepEqual(await store.readAfter(acme, 2, all), {
      blocks: [],
      headPosition: 5,
      lost: { firstPosition: 3, lastPosition: 5, untilMs: undefined },
    });
    const appended = await store.append({ stream: acme, events: [someEvent(6)] });
    assert.equal(appended.firstPosition, 6);
    assert.deepEqual(await readAll(store, acme), jsonOf([someEvent(6)]));
  },

  async 'drops nothing of a stream that does not exist'(implementation) {
    await using ground = await newGround(implementation);
    assert.equal(await ground.store.trim(acme, startMs), 0);
  },
};
