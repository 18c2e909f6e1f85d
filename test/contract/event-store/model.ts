import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { StoredEvent } from '../../../src/core/event.ts';
import type { StreamName } from '../../../src/core/stream.ts';
import type { EventStoreContract, Ground } from './ground.ts';
import {
  acme,
  globex,
  jsonOf,
  linesOf,
  newGround,
  readWindow,
  someEvent,
  startMs,
} from './ground.ts';

const horizonMs = 20_000;

/** What a store should hold of one stream, as an array would hold it. */
interface StreamModel {
  readonly events: StoredEvent[];
  readonly seenAtMs: Map<string, number>;
  /** Known exactly only after it was read: how many went depends on where segments end. */
  lostCount: number;
}

type Model = Map<StreamName, StreamModel>;
type Step = (ground: Ground, model: Model) => Promise<void>;

export const modelContract: EventStoreContract = {
  async 'holds what an array would hold'(implementation) {
    // Goal: any order of operations leaves exactly the events that were appended, under their
    // positions. Method: random operations on a store and on arrays, compared after each reading.
    const steps = fc.array(anyStep(), { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (chosen) => {
        await using ground = await newGround(implementation);
        const model: Model = new Map([acme, globex].map((stream) => [stream, emptyModel()]));
        for (const step of chosen) await step(ground, model);
        for (const stream of [acme, globex]) await assertSame(ground, model, stream, 0, 1000);
        await ground.store.verify();
      }),
      // Shrinking would open hundreds of stores; the seed is printed.
      { numRuns: 15, endOnFailure: true },
    );
  },
};

function emptyModel(): StreamModel {
  return { events: [], seenAtMs: new Map(), lostCount: 0 };
}

function anyStep(): fc.Arbitrary<Step> {
  const stream = fc.constantFrom<StreamName>(acme, globex);
  const numbers = fc.array(fc.nat(60), { maxLength: 12 });
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(stream, numbers, fc.boolean()).map(append) },
    {
      weight: 3,
      arbitrary: fc.tuple(stream, fc.nat(80), fc.integer({ min: 1, max: 30 })).map(read),
    },
    { weight: 2, arbitrary: fc.tuple(stream, fc.nat(60), fc.nat(40)).map(window) },
    { weight: 1, arbitrary: fc.tuple(stream, fc.nat(60)).map(trim) },
    { weight: 1, arbitrary: fc.constant<Step>(async ({ store }) => store.compact()) },
    { weight: 1, arbitrary: fc.constant<Step>(async (ground) => void (await ground.reopen())) },
    {
      weight: 1,
      arbitrary: fc.nat(30_000).map(
        (ms): Step =>
          async ({ clock }) =>
            clock.advance(ms),
      ),
    },
  );
}

function append([stream, numbers, isDeduplicated]: [StreamName, number[], boolean]): Step {
  return async ({ store, clock }, model) => {
    const { events, seenAtMs } = modelOf(model, stream);
    const offered = numbers.map((number) => someEvent(number, number * 10));
    const nowS = Math.floor(clock.nowMs() / 1000);
    const sinceS = Math.floor((clock.nowMs() - horizonMs) / 1000);
    const taken = offered.filter(({ id }) => {
      if (!isDeduplicated) return true;
      if ((seenAtMs.get(id) ?? -1) >= sinceS) return false;
      seenAtMs.set(id, nowS);
      return true;
    });
    const deduplication = isDeduplicated ? { deduplication: { horizonMs } } : {};
    assert.deepEqual(await store.append({ stream, events: offered, ...deduplication }), {
      firstPosition: events.length + 1,
      lastPosition: events.length + taken.length,
      duplicates: offered.length - taken.length,
      repeated: false,
    });
    events.push(...taken);
  };
}

function read([stream, after, limit]: [StreamName, number, number]): Step {
  return async (ground, model) => assertSame(ground, model, stream, after, limit);
}

function window([stream, fromS, lengthS]: [StreamName, number, number]): Step {
  return async ({ store }, model) => {
    const { events, lostCount } = modelOf(model, stream);
    const [fromMs, untilMs] = [startMs + fromS * 1000, startMs + (fromS + lengthS) * 1000];
    const expected = events
      .map(({ occurredAtMs, json }, index) => ({ position: index + 1, occurredAtMs, json }))
      .filter(({ position }) => position > lostCount)
      .filter(({ occurredAtMs }) => occurredAtMs >= fromMs && occurredAtMs < untilMs);
    assert.deepEqual(await readWindow(store, stream, { fromMs, untilMs }), expected);
  };
}

function trim([stream, beforeS]: [StreamName, number]): Step {
  return async ({ store }, model) => {
    const streamModel = modelOf(model, stream);
    const beforeMs = startMs + beforeS * 1000;
    const count = await store.trim(stream, beforeMs);
    const dropped = streamModel.events.slice(streamModel.lostCount, streamModel.lostCount + count);
    assert.equal(dropped.length, count);
    assert.ok(dropped.every((event) => event.occurredAtMs < beforeMs));
    streamModel.lostCount += count;
  };
}

async function assertSame(
  ...[{ store }, model, stream, after, limit]: [Ground, Model, StreamName, number, number]
): Promise<void> {
  const { events, lostCount } = modelOf(model, stream);
  const page = await store.readAfter(stream, after, { events: limit, bytes: 1_000_000 });
  const from = Math.max(after, lostCount);
  assert.equal(page.headPosition, events.length);
  assert.equal(page.lost?.lastPosition, lostCount > after ? lostCount : undefined);
  assert.deepEqual(linesOf(page, from), jsonOf(events.slice(from, from + limit)));
}

function modelOf(model: Model, stream: StreamName): StreamModel {
  const streamModel = model.get(stream);
  assert.ok(streamModel);
  return streamModel;
}
