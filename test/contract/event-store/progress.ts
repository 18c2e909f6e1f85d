import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import { acme, globex, newGround, someEvents } from './ground.ts';

export const progressContract: EventStoreContract = {
  async 'commits a checkpoint with its events, or without any'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    assert.equal(await store.checkpoint('druva'), undefined);
    const checkpoint = { source: 'druva', value: 'tracker-1' };
    await store.append({ stream: acme, events: someEvents(1, 2), checkpoint });
    assert.equal(await store.checkpoint('druva'), 'tracker-1');
    await store.append({ stream: acme, events: [], checkpoint: { ...checkpoint, value: '2' } });
    await ground.reopen();
    assert.equal(await ground.store.checkpoint('druva'), '2');
  },

  async 'leaves the checkpoint as it was when its append is refused'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    await store.saveCheckpoint('druva', 'old');
    const idempotency = { key: 'k', digest: '1' };
    await store.append({ stream: acme, events: someEvents(1, 1), idempotency });
    const refused = store.append({
      stream: acme,
      events: someEvents(2, 1),
      idempotency: { key: 'k', digest: '2' },
      checkpoint: { source: 'druva', value: 'new' },
    });
    await assert.rejects(refused, { code: 'input_invalid' });
    assert.equal(await store.checkpoint('druva'), 'old');
  },

  async 'keeps the checkpoint that was saved last'(implementation) {
    await using ground = await newGround(implementation);
    await ground.store.saveCheckpoint('a', '1');
    await ground.store.saveCheckpoint('b', '2');
    await ground.store.saveCheckpoint('a', '3');
    await ground.reopen();
    const { store } = ground;
    assert.deepEqual([await store.checkpoint('a'), await store.checkpoint('b')], ['3', '2']);
  },

  async 'starts a delivery at position 0 without intent and keeps what was saved last'(
    implementation,
  ) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    assert.deepEqual(await store.delivery('siem', acme), { position: 0 });
    await store.saveDelivery('siem', acme, { position: 5, intent: 'rename a to b' });
    assert.deepEqual(await store.delivery('siem', acme), { position: 5, intent: 'rename a to b' });
    await store.saveDelivery('siem', acme, { position: 9 });
    await store.saveDelivery('archive', globex, { position: 2, intent: '' });
    await ground.reopen();
    assert.deepEqual(await ground.store.delivery('siem', acme), { position: 9 });
    assert.deepEqual(await ground.store.deliveries(), [
      { sink: 'archive', stream: globex, position: 2, intent: '' },
      { sink: 'siem', stream: acme, position: 9 },
    ]);
  },
};
