import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventAt, sliceFrom } from '../../test/contract/sink/slices.ts';
import { SplitDeliveries, type RequestOutcome } from './send-splitting.ts';
import type { EncodedEvent } from './sink.ts';

const slice = sliceFrom(Array.from({ length: 40 }, (_, index) => eventAt(index + 1, 'line')));
const busy = new Error('429');

/** A receiver that answers so many requests a minute, and takes so many events in one of them. */
class LimitedReceiver {
  readonly taken: number[] = [];
  readonly #requestsMax: number;
  readonly #eventsMax: number;
  #requests = 0;

  constructor(requestsMax: number, eventsMax: number) {
    this.#requestsMax = requestsMax;
    this.#eventsMax = eventsMax;
  }

  nextMinute(): void {
    this.#requests = 0;
  }

  readonly send = async (events: readonly EncodedEvent[]): Promise<RequestOutcome> => {
    this.#requests += 1;
    if (this.#requests > this.#requestsMax) throw busy;
    if (events.length > this.#eventsMax) return { tooLarge: 'too large' };
    if (events.some(({ position }) => position === 7)) return { poisoned: 'no sevens' };
    this.taken.push(...events.map(({ position }) => position));
    return 'taken';
  };
}

/** How often it had to be tried. */
async function deliverPatiently(receiver: LimitedReceiver, cut?: typeof singly): Promise<number> {
  const deliveries = new SplitDeliveries();
  for (let tries = 1; tries < 100; tries += 1) {
    try {
      const { rejected } = await deliveries.deliver(slice, receiver.send, cut);
      assert.deepEqual(rejected, [{ position: 7, reason: 'no sevens' }]);
      return tries;
    } catch (error) {
      assert.equal(error, busy);
      receiver.nextMinute();
    }
  }
  return assert.fail('it never gets through');
}

const singly = (events: readonly EncodedEvent[]) => events.map((event) => [event]);
const expected = slice.events.map(({ position }) => position).filter((position) => position !== 7);

describe('a slice that needs several requests', () => {
  it('gets through a limit of requests, each event once and in order', async () => {
    const receiver = new LimitedReceiver(6, 100);
    assert.equal(await deliverPatiently(receiver, singly), 7);
    assert.deepEqual(receiver.taken, expected);
  });

  it('does so when it has to be split, however few requests there may be', async () => {
    const receiver = new LimitedReceiver(1, 3);
    await deliverPatiently(receiver);
    assert.deepEqual(receiver.taken, expected);
  });

  it('sends only those again that were postponed', async () => {
    const deliveries = new SplitDeliveries();
    const sent: number[] = [];
    const send = async (events: readonly EncodedEvent[]): Promise<RequestOutcome> => {
      sent.push(...events.map(({ position }) => position));
      const late = events.filter(({ position }) => position % 10 === 0);
      if (events.length < 10) return { rejected: [] };
      return {
        rejected: [{ position: 7, reason: 'no sevens' }],
        postponed: { events: late, error: busy },
      };
    };
    await assert.rejects(deliveries.deliver(slice, send), busy);
    const { rejected } = await deliveries.deliver(slice, send);
    assert.deepEqual(rejected, [{ position: 7, reason: 'no sevens' }]);
    assert.deepEqual(sent.slice(40), [10, 20, 30, 40]);
  });

  it('is sent as a whole when it comes again after it was delivered', async () => {
    const deliveries = new SplitDeliveries();
    const receiver = new LimitedReceiver(1000, 1000);
    await deliveries.deliver(slice, receiver.send);
    await deliveries.deliver(slice, receiver.send);
    assert.deepEqual(receiver.taken, [...expected, ...expected]);
  });
});
