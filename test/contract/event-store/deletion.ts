import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import { acme, all, globex, hourMs, jsonOf, newGround, readAll, someEvents } from './ground.ts';

export const deletionContract: EventStoreContract = {
  async 'removes the events and everything kept about a stream, and nothing else'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const kept = {
      events: someEvents(1, 4),
      idempotency: { key: 'k', digest: 'd' },
      deduplication: { horizonMs: hourMs },
    };
    await store.append({ ...kept, stream: acme, checkpoint: { source: 'a', value: '1' } });
    await store.append({ ...kept, stream: globex, checkpoint: { source: 'b', value: '2' } });
    await store.saveDelivery('siem', acme, { position: 3 });
    await store.saveDelivery('siem', globex, { position: 2 });

    assert.equal(await store.deleteStream(acme), 4);

    assert.equal(await store.streamInfo(acme), undefined);
    assert.deepEqual(
      (await store.streams()).map((info) => info.stream),
      [globex],
    );
    const nothing = { blocks: [], headPosition: 0, lost: undefined };
    assert.deepEqual(await store.readAfter(acme, 0, all), nothing);
    assert.deepEqual(await store.delivery('siem', acme), { position: 0 });
    assert.deepEqual([await store.checkpoint('a'), await store.checkpoint('b')], [undefined, '2']);
    assert.deepEqual(await store.deliveries(), [{ sink: 'siem', stream: globex, position: 2 }]);
    assert.deepEqual(await readAll(store, globex), jsonOf(someEvents(1, 4)));

    const again = await store.append({ ...kept, stream: acme });
    assert.deepEqual(again, { firstPosition: 1, lastPosition: 4, duplicates: 0, repeated: false });
    assert.equal((await store.append({ ...kept, stream: globex })).repeated, true);
    await store.verify();
  },

  async 'returns how many events could still be read'(implementation) {
    await using ground = await newGround(implementation);
    const { store, clock } = ground;
    assert.equal(await store.deleteStream(acme), 0);
    await store.append({ stream: acme, events: someEvents(1, 3) });
    clock.advance(hourMs);
    await store.trim(acme, clock.nowMs());
    await store.append({ stream: acme, events: someEvents(4, 2) });
    assert.equal(await store.deleteStream(acme), 2);
  },
};
