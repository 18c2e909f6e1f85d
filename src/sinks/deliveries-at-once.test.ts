import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { eventAt, sliceFrom } from '../../test/contract/sink/slices.ts';
import { limitDeliveries } from './deliveries-at-once.ts';
import { allTaken, type DirectSink } from './sink.ts';

const never = new AbortController().signal;
const slice = sliceFrom([eventAt(1, 'line')]);

/** A sink whose deliveries end when they are told to. */
function slowSink() {
  const underWay: PromiseWithResolvers<void>[] = [];
  const sink: DirectSink = {
    kind: 'direct',
    name: 'slow',
    async deliver() {
      const delivery = Promise.withResolvers<void>();
      underWay.push(delivery);
      await delivery.promise.finally(() => underWay.splice(underWay.indexOf(delivery), 1));
      return allTaken;
    },
    probe: async () => allTaken,
    [Symbol.asyncDispose]: async () => {},
  };
  return { sink, underWay };
}

describe('deliveries at once', { timeout: 10_000 }, () => {
  it('are as many as there may be, and the next when one ends, well or not', async () => {
    const { sink, underWay } = slowSink();
    const limited = limitDeliveries(sink, 2);
    const deliveries = Array.from({ length: 5 }, () => limited.deliver(slice, never));
    const outcomes = Promise.allSettled(deliveries);
    for (const isGood of [true, false, true, false, true]) {
      await setImmediate();
      assert.ok(underWay.length >= 1 && underWay.length <= 2, `${underWay.length} under way`);
      if (isGood) underWay[0]?.resolve();
      else underWay[0]?.reject(new Error('gone'));
    }
    const statuses = (await outcomes).map(({ status }) => status);
    assert.deepEqual(statuses.toSorted(), [
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });

  it('lose no turn to one that is given up while it waits', async () => {
    const { sink, underWay } = slowSink();
    const limited = limitDeliveries(sink, 1);
    const first = limited.deliver(slice, never);
    const gone = new AbortController();
    const second = limited.deliver(slice, gone.signal);
    const third = limited.deliver(slice, never);
    gone.abort(new Error('given up'));
    await assert.rejects(second, /given up/);
    await setImmediate();
    assert.equal(underWay.length, 1);
    underWay[0]?.resolve();
    await first;
    await setImmediate();
    underWay[0]?.resolve();
    assert.deepEqual(await third, allTaken);
  });

  it('pass a turn on that is given in the moment of giving up', async () => {
    const gone = new AbortController();
    const ends = Array.from({ length: 2 }, () => Promise.withResolvers<typeof allTaken>());
    // Ahead of whoever waits for the first delivery, and gives its turn to the second.
    void ends[0]?.promise.then(() => gone.abort(new Error('given up')));
    const waiting = [...ends];
    const { sink } = slowSink();
    const limited = limitDeliveries(
      { ...sink, deliver: () => waiting.shift()?.promise ?? Promise.resolve(allTaken) },
      1,
    );
    const first = limited.deliver(slice, never);
    const second = limited.deliver(slice, gone.signal);
    const third = limited.deliver(slice, never);
    ends[0]?.resolve(allTaken);
    await first;
    await assert.rejects(second, /given up/);
    ends[1]?.resolve(allTaken);
    assert.deepEqual(await third, allTaken);
  });
});
