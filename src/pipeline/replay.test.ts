import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { AppError } from '../core/errors.ts';
import { toStoredEvent } from '../core/event.ts';
import type { DirectSink, Slice, StagedSink } from '../sinks/sink.ts';
import { allTaken } from '../sinks/sink.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { EventStore } from '../store/event-store.ts';
import { openMemoryEventStore } from '../testing/memory-event-store.ts';
import { MemoryStorage } from '../testing/memory-storage.ts';
import { Pace } from './pace.ts';
import { eventsInRange, replay, type Replaying } from './replay.ts';
import { newSinkStatus } from './status.ts';

const stream = 'acme/insync';
const everything = {
  window: { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER },
  first: 1,
  last: Number.MAX_SAFE_INTEGER,
};

describe('replay', () => {
  it('sends the events of the range in order, and moves no position', async () => {
    const bench = await Bench.with(20);
    const window = { fromMs: 3, untilMs: 12 };
    const replayed = await bench.replay({ range: { ...everything, window } });
    assert.deepEqual(bench.lines(), numbered(3, 11));
    assert.deepEqual(await bench.store.deliveries(), []);
    const { read, sent, position, refused } = replayed;
    assert.deepEqual([read, sent, position, refused], [9, 9, 11, 0]);
  });

  it('keeps to positions too', async () => {
    const bench = await Bench.with(20);
    const range = { ...everything, first: 5, last: 8 };
    await bench.replay({ range });
    assert.deepEqual(bench.lines(), numbered(5, 8));
    const { signal } = new AbortController();
    assert.equal(await eventsInRange({ store: bench.store, stream, range }, signal), 4);
  });

  it('goes through the filters of the sink', async () => {
    const bench = await Bench.with(10);
    const replayed = await bench.replay({
      select: (event) => (event.occurredAtMs % 2 === 0 ? { ...event, type: 'even' } : undefined),
    });
    assert.deepEqual(bench.lines(), ['even', 'even', 'even', 'even', 'even']);
    assert.deepEqual([replayed.read, replayed.leftOut, replayed.sent], [10, 5, 5]);
  });

  it('stages and publishes for a file sink, with slices that join', async () => {
    const bench = await Bench.with(7);
    const acts: string[] = [];
    const sink: StagedSink = {
      kind: 'staged',
      name: 'files',
      recover: async () => assert.fail('a replay recovers nothing'),
      stage: async ({ firstPosition, lastPosition }) => `${firstPosition}-${lastPosition}`,
      publish: async (intent) => void acts.push(intent),
      probe: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    const range = { ...everything, first: 2 };
    await bench.replay({
      sink,
      range,
      select: (event) => (event.occurredAtMs === 5 ? undefined : event),
    });
    assert.deepEqual(acts, ['2-5', '6-7']);
  });

  it('sends nothing when it only counts', async () => {
    const bench = await Bench.with(5);
    const { sent, bytes } = await bench.replay({ sink: undefined });
    assert.deepEqual([sent, bytes], [5, 5 * 'line 1\n'.length]);
    assert.deepEqual(bench.slices, []);
  });

  it('keeps to its pace', async () => {
    const bench = await Bench.with(9);
    await bench.replay({ pace: new Pace(3, bench.clock) });
    assert.equal(bench.clock.monotonicMs(), 2000);
  });

  it('repeats what fails, and counts what is refused without putting it away', async () => {
    const bench = await Bench.with(6);
    let failures = 2;
    bench.onDeliver = (slice) => {
      failures -= 1;
      if (failures >= 0) throw new AppError('sink_unavailable', 'down');
      return slice.firstPosition === 4 ? [{ position: 5, reason: 'too long' }] : [];
    };
    const { sent, refused, lastReason } = await bench.replay({});
    assert.deepEqual([sent, refused, lastReason], [5, 1, 'too long']);
    assert.deepEqual(await bench.store.quarantines(), []);
  });

  it('says how far it came when it is aborted', async () => {
    const bench = await Bench.with(9);
    const abort = new AbortController();
    bench.onDeliver = ({ firstPosition }) => {
      if (firstPosition === 4) abort.abort();
      return [];
    };
    const { sent, position } = await bench.replay({}, abort.signal);
    assert.deepEqual([sent, position], [6, 6]);
  });
});

class Bench {
  readonly clock = new ManualClock(0, { autoAdvance: true });
  readonly store: EventStore;
  readonly slices: Slice[] = [];
  onDeliver: (slice: Slice) => readonly { readonly position: number; readonly reason: string }[] =
    () => [];

  private constructor() {
    this.store = openMemoryEventStore({ storage: new MemoryStorage(), clock: this.clock });
  }

  static async with(count: number): Promise<Bench> {
    const bench = new Bench();
    const events = Array.from({ length: count }, (_, index) => index + 1).map((number) =>
      toStoredEvent({
        id: `e${number}`,
        occurredAtMs: number,
        type: `line ${number}`,
        severity: 1,
        fields: {},
      }),
    );
    await bench.store.append({ stream, events });
    return bench;
  }

  async replay(changes: Partial<Replaying>, signal = new AbortController().signal) {
    const { clock, store } = this;
    return replay(
      {
        sink: this.#sink(),
        stream,
        range: everything,
        store,
        select: undefined,
        clock,
        encode: ({ type }) => type,
        limits: { events: 3, sizeBytes: 1000, lingerMs: 5000 },
        pace: new Pace(undefined, clock),
        log: pino({ level: 'silent' }),
        status: newSinkStatus('siem', stream),
        onProgress: () => {},
        ...changes,
      },
      signal,
    );
  }

  lines(): readonly string[] {
    return this.slices.flatMap(({ events }) => events.map(({ line }) => line));
  }

  #sink(): DirectSink {
    return {
      kind: 'direct',
      name: 'siem',
      deliver: async (slice) => {
        const rejected = this.onDeliver(slice);
        this.slices.push(slice);
        return { rejected };
      },
      probe: async () => allTaken,
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

function numbered(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}`);
}
