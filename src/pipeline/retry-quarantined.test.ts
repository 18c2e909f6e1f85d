import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { StreamName } from '../core/stream.ts';
import { allTaken, type DirectSink, type Slice } from '../sinks/sink.ts';
import type { RefusedEvent } from '../store/event-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { openMemoryEventStore } from '../testing/memory-event-store.ts';
import { MemoryStorage } from '../testing/memory-storage.ts';
import { quarantinedPages, retryQuarantined, type QuarantineChoice } from './retry-quarantined.ts';

const acme = 'acme/insync';
const globex = 'globex/insync';
const { signal } = new AbortController();

describe('retryQuarantined', () => {
  it('sends again what is there, as it was sent, and takes out what is taken', async () => {
    const bench = await Bench.with([
      [acme, 250],
      [globex, 3],
    ]);
    const { taken, refused } = await bench.retry({});
    assert.deepEqual([taken, refused], [253, 0]);
    const sent = bench.slices.flatMap(({ stream, events }) =>
      events.map(({ position, line }) => `${stream} ${position}: ${line}`),
    );
    assert.equal(sent.length, 253);
    assert.equal(sent[0], 'acme/insync 1: line 1');
    assert.equal(sent.at(-1), 'globex/insync 3: line 3');
    assert.ok(bench.slices.every(({ eventCount }) => eventCount <= 40));
    assert.deepEqual(await bench.left({}), []);
  });

  it('keeps what is refused again, and says why', async () => {
    const bench = await Bench.with([[acme, 5]]);
    bench.refuses = [2, 4];
    const retried = await bench.retry({});
    assert.deepEqual(retried, { taken: 3, refused: 2, lastReason: 'still 4' });
    assert.deepEqual(await bench.left({}), [`${acme} 2`, `${acme} 4`]);
  });

  it('leaves alone what was not chosen', async () => {
    const bench = await Bench.with([
      [acme, 150],
      [globex, 3],
    ]);
    assert.equal((await bench.retry({ stream: globex })).taken, 3);
    assert.equal((await bench.retry({ stream: acme, position: 120 })).taken, 1);
    assert.equal((await bench.retry({ stream: acme, position: 120 })).taken, 0);
    assert.equal((await bench.left({})).length, 149);
  });

  it('has taken out what was taken before the sink failed', async () => {
    const bench = await Bench.with([[acme, 100]]);
    bench.failsAfter = 2;
    await assert.rejects(bench.retry({}), { code: 'sink_unavailable' });
    assert.equal((await bench.left({})).length, 20);
  });

  it('puts a line larger than a slice into one of its own', async () => {
    const bench = await Bench.with([[acme, 3]], 'x'.repeat(2000));
    await bench.retry({});
    assert.deepEqual(
      bench.slices.map(({ eventCount }) => eventCount),
      [1, 1, 1],
    );
  });
});

class Bench {
  readonly store = openMemoryEventStore({ storage: new MemoryStorage(), clock: new ManualClock() });
  readonly slices: Slice[] = [];
  refuses: readonly number[] = [];
  failsAfter = Number.POSITIVE_INFINITY;

  static async with(
    quarantined: readonly (readonly [StreamName, number])[],
    padding = '',
  ): Promise<Bench> {
    const bench = new Bench();
    for (const [stream, count] of quarantined) {
      const refused = Array.from({ length: count }, (_, index) => someRefused(index + 1, padding));
      await bench.store.saveDelivery('siem', stream, { position: count }, refused);
      await bench.store.saveDelivery('other', stream, { position: count }, refused.slice(0, 1));
    }
    return bench;
  }

  async retry(choice: QuarantineChoice) {
    const { store } = this;
    const limits = { events: 40, sizeBytes: 1000, lingerMs: 1000 };
    const sink = this.#sink();
    return retryQuarantined({ sink, store, limits, choice, onProgress: () => {} }, signal);
  }

  async left(choice: QuarantineChoice): Promise<readonly string[]> {
    const places: string[] = [];
    for await (const page of quarantinedPages(this.store, 'siem', choice)) {
      places.push(...page.map(({ stream, position }) => `${stream} ${position}`));
    }
    return places;
  }

  #sink(): DirectSink {
    return {
      kind: 'direct',
      name: 'siem',
      deliver: async (slice) => {
        if (this.slices.length >= this.failsAfter) throw new AppError('sink_unavailable', 'down');
        this.slices.push(slice);
        const rejected = slice.events
          .filter(({ position }) => this.refuses.includes(position))
          .map(({ position }) => ({ position, reason: `still ${position}` }));
        return { rejected };
      },
      probe: async () => allTaken,
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

function someRefused(position: number, padding: string): RefusedEvent {
  return {
    position,
    id: `e-${position}`,
    occurredAtMs: position,
    type: 'Backup',
    severity: 5,
    line: `line ${position}${padding}`,
    reason: 'too long',
    refusedAtMs: 7,
  };
}
