import assert from 'node:assert/strict';
import type { EventStoreContract } from './ground.ts';
import {
  acme,
  all,
  globex,
  jsonOf,
  linesOf,
  newGround,
  readAll,
  someEvent,
  someEvents,
} from './ground.ts';

export const compactionContract: EventStoreContract = {
  async 'merges small segments without changing a byte or a position'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (let number = 1; number <= 100; number++) {
      await store.append({ stream: number % 3 === 0 ? globex : acme, events: [someEvent(number)] });
    }
    const before = await store.readAfter(acme, 0, all);
    await store.compact();
    const after = await store.readAfter(acme, 0, all);
    assert.ok(after.blocks.length < before.blocks.length / 5, `${after.blocks.length} blocks`);
    assert.deepEqual(linesOf(after, 0), linesOf(before, 0));
    assert.equal((await readAll(store, globex)).length, 33);
    const [sooner, later] = [before, after].map((page) => page.headPosition);
    assert.equal(later, sooner);
    await store.verify();
  },

  async 'gives blocks of at most a mebibyte'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const events = someEvents(1, 20, 150_000);
    for (const event of events) await store.append({ stream: acme, events: [event] });
    await store.compact();
    const page = await store.readAfter(acme, 0, all);
    for (const { ndjson } of page.blocks) assert.ok(ndjson.length <= 1024 ** 2);
    assert.deepEqual(linesOf(page, 0), jsonOf(events));
  },

  async 'lets appends and reads go on meanwhile'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (let number = 0; number < 60; number++) {
      await store.append({ stream: acme, events: [someEvent(number)] });
    }
    const compaction = store.compact();
    for (let number = 60; number < 80; number++) {
      await store.append({ stream: acme, events: [someEvent(number)] });
      assert.deepEqual(await readAll(store, acme), jsonOf(someEvents(0, number + 1)));
    }
    await compaction;
  },

  async 'stops when its signal aborts'(implementation) {
    await using ground = await newGround(implementation);
    await assert.rejects(ground.store.compact(AbortSignal.abort()), { name: 'AbortError' });
  },
};
