import assert from 'node:assert/strict';
import { quarantineLimits } from '../../../src/store/event-store.ts';
import type { QuarantinedEvent, RefusedEvent } from '../../../src/store/event-store.ts';
import type { EventStoreContract } from './ground.ts';
import { acme, globex, newGround, someEvents, startMs } from './ground.ts';

export const quarantineContract: EventStoreContract = {
  async 'keeps what a receiver refused, in the commit of the delivery'(implementation) {
    await using ground = await newGround(implementation);
    const refused = [someRefused(3), someRefused(7)];
    await ground.store.saveDelivery('siem', acme, { position: 9 }, refused);
    await ground.reopen();
    const { store } = ground;
    assert.deepEqual(await store.delivery('siem', acme), { position: 9 });
    assert.deepEqual(await store.quarantined('siem', undefined, 10), inQuarantine(refused));
    assert.deepEqual(await store.quarantined('archive', undefined, 10), []);
    const bytes = refused.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0);
    assert.deepEqual(await store.quarantines(), [{ sink: 'siem', stream: acme, events: 2, bytes }]);
    await store.verify();
  },

  async 'holds an event once, with what was said of it last'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    await store.saveDelivery('siem', acme, { position: 3 }, [someRefused(3)]);
    const again = { ...someRefused(3), reason: 'still too long' };
    await store.saveDelivery('siem', acme, { position: 3 }, [again]);
    assert.deepEqual(await store.quarantined('siem', undefined, 10), inQuarantine([again]));
  },

  async 'is read in pages, by stream and position'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    await store.saveDelivery('siem', globex, { position: 2 }, [someRefused(2)]);
    await store.saveDelivery('siem', acme, { position: 20 }, [3, 10, 20].map(someRefused));
    await store.saveDelivery('other', acme, { position: 1 }, [someRefused(1)]);
    const places: (readonly [string, number])[] = [];
    let after: QuarantinedEvent | undefined;
    do {
      const page = await store.quarantined('siem', after, 2);
      assert.ok(page.length <= 2);
      places.push(...page.map(({ stream, position }) => [stream, position] as const));
      after = page.at(-1);
    } while (after);
    assert.deepEqual(places, [
      [acme, 3],
      [acme, 10],
      [acme, 20],
      [globex, 2],
    ]);
  },

  async 'lets go of what is removed, and says how much that was'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    await store.saveDelivery('siem', acme, { position: 5 }, [1, 2, 5].map(someRefused));
    await store.saveDelivery('other', acme, { position: 5 }, [someRefused(2)]);
    assert.equal(await store.removeQuarantined('siem', acme, [2, 4, 5]), 2);
    assert.deepEqual(
      (await store.quarantined('siem', undefined, 10)).map(({ position }) => position),
      [1],
    );
    assert.equal((await store.quarantined('other', undefined, 10)).length, 1);
    assert.equal(await store.removeQuarantined('siem', acme, []), 0);
  },

  async 'goes with its stream, and stays when its events are past retention'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    for (const stream of [acme, globex]) {
      await store.append({ stream, events: someEvents(1, 3) });
      await store.saveDelivery('siem', stream, { position: 3 }, [someRefused(2)]);
    }
    await store.trim(acme, startMs + 10 ** 9);
    assert.equal((await store.quarantined('siem', undefined, 10)).length, 2);
    await store.deleteStream(acme);
    const left = await store.quarantined('siem', undefined, 10);
    assert.deepEqual(
      left.map(({ stream }) => stream),
      [globex],
    );
  },

  async 'refuses more events than a quarantine holds, and saves nothing then'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const half = quarantineLimits.events / 2;
    const first = Array.from({ length: half }, (_, index) => someRefused(index + 1));
    const second = Array.from({ length: half }, (_, index) => someRefused(index + 1));
    await store.saveDelivery('siem', acme, { position: half }, first);
    await store.saveDelivery('siem', globex, { position: half }, second);
    const full = { code: 'quarantine_full', message: /siem holds 10000 events/ };
    const more = store.saveDelivery('siem', acme, { position: half + 1 }, [someRefused(half + 1)]);
    await assert.rejects(more, full);
    assert.deepEqual(await store.delivery('siem', acme), { position: half });
    // What is in there already takes no more room, and the quarantine of each sink is its own.
    await store.saveDelivery('siem', acme, { position: half }, [someRefused(1)]);
    await store.saveDelivery('other', acme, { position: 1 }, [someRefused(1)]);
    await store.removeQuarantined('siem', globex, [1]);
    await store.saveDelivery('siem', acme, { position: half + 1 }, [someRefused(half + 1)]);
  },

  async 'refuses more bytes than a quarantine holds'(implementation) {
    await using ground = await newGround(implementation);
    const { store } = ground;
    const line = 'é'.repeat(quarantineLimits.bytes / 2 / 4);
    const large = [1, 2, 3, 4].map((position) => ({ ...someRefused(position), line }));
    await store.saveDelivery('siem', acme, { position: 4 }, large);
    const one = { ...someRefused(5), line: 'x' };
    const more = store.saveDelivery('siem', acme, { position: 5 }, [one]);
    await assert.rejects(more, { code: 'quarantine_full' });
    assert.deepEqual(await store.delivery('siem', acme), { position: 4 });
  },
};

function someRefused(position: number): RefusedEvent {
  return {
    position,
    id: `e-${position}`,
    occurredAtMs: startMs + position,
    type: 'Bot Attacks',
    severity: 7,
    line: `CEF:0|line ${position}|Zoë 山田`,
    reason: 'failed to parse field [msg]',
    refusedAtMs: startMs + 1000,
  };
}

function inQuarantine(refused: readonly RefusedEvent[]): QuarantinedEvent[] {
  return refused.map((event) => ({ sink: 'siem', stream: acme, ...event }));
}
