import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { type StoredEvent, toStoredEvent } from '../core/event.ts';
import type { StreamName } from '../core/stream.ts';
import { allTaken, type DirectSink, type Slice } from '../sinks/sink.ts';
import type { Page, ReadLimits } from '../store/event-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryDeliveryStore } from '../testing/memory-delivery-store.ts';
import { until } from '../testing/until.ts';
import { deliver } from './deliver.ts';
import { HeldPages, PageBudget } from './page-budget.ts';
import { newSinkStatus } from './status.ts';

const mebibyte = 1024 ** 2;
const never = new AbortController().signal;

describe('a budget of pages', () => {
  it('lets those wait who come when it is used up, and go on in the order of asking', async () => {
    const budget = new PageBudget(10);
    assert.ok(budget.tryTake(10));
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      await budget.take(6, never);
      order.push(number);
    });
    assert.equal(budget.tryTake(1), false);
    budget.give(10);
    await Promise.all(waiting.slice(0, 2));
    assert.deepEqual(order, [1, 2]);
    budget.give(6);
    await waiting[2];
    assert.deepEqual(order, [1, 2, 3]);
  });

  it('forgets who gives up, and lets the next one go on', async () => {
    const budget = new PageBudget(10);
    assert.ok(budget.tryTake(10));
    const stop = new AbortController();
    const first = budget.take(1, stop.signal);
    const second = budget.take(1, never);
    stop.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    budget.give(10);
    await second;
  });

  it('has everything back when a stream ends', async () => {
    const budget = new PageBudget(10);
    {
      using held = new HeldPages(budget, 5);
      assert.ok(held.tryExpect());
      held.came(10, 3);
      assert.ok(held.tryExpect());
      held.came(20, 5);
      held.deliveredTo(15);
      assert.ok(held.tryExpect());
    }
    assert.ok(budget.tryTake(10));
    assert.equal(budget.tryTake(1), false);
  });
});

describe('delivering many streams that are behind', () => {
  it('holds no more than the budget while the receiver is down, and loses nothing', async () => {
    const budget = new PageBudget(2 * mebibyte);
    const work = new BackedUp(60, 6000);
    const stop = new AbortController();
    const running = work.streams.map((stream) => work.deliver(stream, budget, stop.signal));
    await until(() => work.heldBytes >= 2 * mebibyte);
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    // Pages of a mebibyte were allowed for before they came, and were smaller.
    assert.ok(work.heldBytes < 4 * mebibyte, `${work.heldBytes / mebibyte} MiB`);
    work.receive();
    await until(() => work.delivered.size === 60 && [...work.delivered.values()].every(isWhole));
    stop.abort();
    await Promise.all(running);
  });
});

const eventsOfStream = 6000;

function isWhole(positions: readonly number[]): boolean {
  assert.ok(positions.every((position, index) => position === index + 1));
  return positions.length === eventsOfStream;
}

/** Streams with a backlog each, and a receiver that takes nothing until it is told to. */
class BackedUp {
  readonly streams: readonly StreamName[];
  readonly delivered = new Map<StreamName, number[]>();
  heldBytes = 0;
  readonly #clock = new ManualClock(0);
  readonly #events: readonly StoredEvent[];
  readonly #receiving = Promise.withResolvers<void>();

  constructor(streams: number, events: number) {
    this.streams = Array.from({ length: streams }, (_, index) => `t${index}/insync` as const);
    this.#events = Array.from({ length: events }, (_, index) =>
      toStoredEvent({
        id: `e${index}`,
        occurredAtMs: index,
        type: `line ${index} ${'x'.repeat(60)}`,
        severity: 1,
        fields: {},
      }),
    );
  }

  receive(): void {
    this.#receiving.resolve();
  }

  async deliver(stream: StreamName, budget: PageBudget, signal: AbortSignal): Promise<void> {
    const store = new CountingStore((bytes) => (this.heldBytes += bytes));
    store.append(this.#events);
    await deliver(
      {
        sink: this.#sink(),
        stream,
        store,
        encode: ({ type }) => type,
        feed: { gapEvent: () => assert.fail('nothing is missing') },
        limits: { events: 2500, sizeBytes: 8 * mebibyte, lingerMs: 0 },
        budget,
        clock: this.#clock,
        log: pino({ level: 'silent' }),
        status: newSinkStatus('siem', stream),
      },
      signal,
    );
  }

  #sink(): DirectSink {
    return {
      kind: 'direct',
      name: 'siem',
      deliver: async ({ stream, events }: Slice) => {
        await this.#receiving.promise;
        const positions = this.delivered.get(stream) ?? [];
        positions.push(...events.map(({ position }) => position));
        this.delivered.set(stream, positions);
        return allTaken;
      },
      probe: () => Promise.resolve(allTaken),
      async [Symbol.asyncDispose]() {},
    };
  }
}

/** Says how much was read. */
class CountingStore extends MemoryDeliveryStore {
  readonly #onRead: (bytes: number) => void;

  constructor(onRead: (bytes: number) => void) {
    super();
    this.#onRead = onRead;
  }

  override async readAfter(stream: StreamName, after: number, limits: ReadLimits): Promise<Page> {
    const page = await super.readAfter(stream, after, limits);
    this.#onRead(page.blocks.reduce((sum, { ndjson }) => sum + ndjson.length, 0));
    return page;
  }
}
