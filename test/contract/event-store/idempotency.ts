import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import { acme, globex, hourMs, jsonOf, newGround, readAll, someEvents } from './ground.ts';

const idempotency = { key: 'batch-1', digest: 'abc' };

export const idempotencyContract: EventStoreContract = {
  async 'answers a key that was used before with the first answer and stores nothing'(
    implementation,
  ) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: someEvents(1, 3), idempotency };
    const first = await ground.store.append(append);
    await ground.store.append({ stream: acme, events: someEvents(4, 1) });
    assert.deepEqual(await ground.store.append(append), { ...first, repeated: true });
    await ground.reopen();
    assert.deepEqual(await ground.store.append(append), { ...first, repeated: true });
    assert.deepEqual(await readAll(ground.store, acme), jsonOf(someEvents(1, 4)));
  },

  async 'stores one of two batches with the same key that arrive together'(implementation) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: someEvents(1, 3), idempotency };
    const answers = await Promise.all([ground.store.append(append), ground.store.append(append)]);
    assert.deepEqual(
      answers.map((answer) => [answer.firstPosition, answer.repeated]),
      [
        [1, false],
        [1, true],
      ],
    );
  },

  async 'refuses a key that comes with other content'(implementation) {
    await using ground = await newGround(implementation);
    await ground.store.append({ stream: acme, events: someEvents(1, 1), idempotency });
    const other = {
      stream: acme,
      events: someEvents(2, 1),
      idempotency: { ...idempotency, digest: 'x' },
    };
    await assert.rejects(ground.store.append(other), { code: 'input_invalid' });
    assert.equal((await readAll(ground.store, acme)).length, 1);
  },

  async 'keeps the keys of streams apart'(implementation) {
    await using ground = await newGround(implementation);
    await ground.store.append({ stream: acme, events: someEvents(1, 2), idempotency });
    const other = await ground.store.append({
      stream: globex,
      events: someEvents(1, 1),
      idempotency,
    });
    assert.equal(other.repeated, false);
  },

  async 'forgets a key after 24 hours'(implementation) {
    await using ground = await newGround(implementation);
    const append = { stream: acme, events: someEvents(1, 1), idempotency };
    await ground.store.append(append);
    ground.clock.advance(24 * hourMs - 1);
    assert.equal((await ground.store.append(append)).repeated, true);
    ground.clock.advance(1);
    assert.equal((await ground.store.append(append)).lastPosition, 2);
  },

  async 'remembers how many events of the first batch were duplicates'(implementation) {
    await using ground = await newGround(implementation);
    const deduplication = { horizonMs: hourMs };
    await ground.store.append({ stream: acme, events: someEvents(1, 2), deduplication });
    const append = { stream: acme, events: someEvents(2, 2), deduplication, idempotency };
    const first = await ground.store.append(append);
    assert.deepEqual([first.duplicates, first.firstPosition, first.lastPosition], [1, 3, 3]);
    assert.deepEqual(await ground.store.append(append), { ...first, repeated: true });
  },
};
