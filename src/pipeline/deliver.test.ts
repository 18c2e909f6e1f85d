import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { AppError } from '../core/errors.ts';
import { toStoredEvent, type StoredEvent, type TailraceEvent } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import { allTaken } from '../sinks/sink.ts';
import type {
  DirectSink,
  RejectedEvent,
  Slice,
  SliceLimits,
  StagedSink,
  StagedSlice,
} from '../sinks/sink.ts';
import { quarantineLimits } from '../store/event-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryDeliveryStore } from '../testing/memory-delivery-store.ts';
import { deliver, type Delivering } from './deliver.ts';
import { PageBudget } from './page-budget.ts';
import { newSinkStatus } from './status.ts';

const stream = 'acme/insync';
const limits: SliceLimits = { events: 3, sizeBytes: 1000, lingerMs: 5000 };

describe('deliver', () => {
  it('stages, commits and publishes slice after slice, in order', async () => {
    const bench = new Bench();
    bench.store.append(events(1, 6));
    await bench.deliverUntil(6);
    assert.deepEqual(bench.acts, [
      'recover 0',
      'stage 1-3',
      'save 3',
      'publish 1-3',
      'stage 4-6',
      'save 6',
      'publish 4-6',
    ]);
    assert.equal(bench.status.state, 'stopped');
    assert.equal(bench.status.eventsDelivered, 6);
    assert.equal(bench.status.bytesDelivered, 6 * 'line 1\n'.length);
    assert.equal(bench.status.newestEventMs, 6);
  });

  it('goes on where it was left, and gives the last intent to the sink', async () => {
    const bench = new Bench();
    bench.store.append(events(1, 5));
    await bench.store.saveDelivery('siem', stream, { position: 2, intent: '1-2' });
    bench.acts.length = 0;
    await bench.deliverUntil(5);
    assert.deepEqual(bench.acts, ['recover 1-2', 'stage 3-5', 'save 5', 'publish 3-5']);
  });

  it('holds an unfinished slice back until it is due', async () => {
    const bench = new Bench();
    bench.store.append(events(1, 2));
    const delivered = bench.deliverUntil(2);
    await bench.waitsFor(({ timeoutMs }) => timeoutMs === limits.lingerMs);
    assert.deepEqual(bench.acts, ['recover 0']);
    bench.clock.advance(limits.lingerMs);
    bench.store.passTime();
    await delivered;
    assert.deepEqual(bench.acts.slice(1), ['stage 1-2', 'save 2', 'publish 1-2']);
  });

  it('sleeps until a slice could be full, not until any event comes', async () => {
    const bench = new Bench({ events: 100, sizeBytes: 70, lingerMs: 5000 });
    bench.store.append(events(1, 2));
    const delivered = bench.deliverUntil(10);
    await bench.waitsFor(({ position }) => position > 1);
    const [wait] = bench.store.waits.filter(({ position }) => position > 1);
    assert.equal(wait?.position, 2 + (70 - 14) / 7 - 1);
    bench.store.append(events(3, 12));
    await delivered;
    assert.equal(bench.acts[1], 'stage 1-10');
  });

  it('lets a small slice wait longer', async () => {
    const small = { belowBytes: 10, lingerMs: 60_000 };
    const bench = new Bench({ ...limits, small });
    bench.store.append(events(1, 1));
    const delivered = bench.deliverUntil(2);
    await bench.waitsFor(({ timeoutMs }) => timeoutMs === 30_000);
    bench.clock.advance(limits.lingerMs);
    bench.store.append(events(2, 2)); // now it is large enough, and late enough
    await delivered;
    assert.equal(bench.acts[1], 'stage 1-2');
  });

  it('cuts by size, and puts a line that is larger than a slice into one of its own', async () => {
    const bench = new Bench({ events: 10, sizeBytes: 20, lingerMs: 5000 });
    bench.store.append([...events(1, 3), event(4, 'x'.repeat(50)), ...events(5, 6)]);
    const delivered = bench.deliverUntil(6);
    await bench.waitsFor(({ position }) => position >= 6);
    bench.clock.advance(5000);
    bench.store.passTime();
    await delivered;
    const staged = bench.acts.filter((act) => act.startsWith('stage'));
    assert.deepEqual(staged, ['stage 1-2', 'stage 3-3', 'stage 4-4', 'stage 5-6']);
  });

  it('says in the stream what retention dropped before it was delivered', async () => {
    const bench = new Bench();
    bench.store.append(events(1, 6));
    bench.store.trim(4, 777);
    await bench.deliverUntil(6);
    const [slice] = bench.slices;
    const text = Buffer.concat(slice?.chunks ?? []).toString();
    assert.equal(text, '4 missing until 777\nline 5\nline 6\n');
    assert.deepEqual([slice?.firstPosition, slice?.lastPosition], [1, 6]);
    assert.deepEqual(slice?.gaps, [[1, 4]]);
    assert.equal(bench.status.gaps, 1);
    assert.equal(bench.status.eventsDelivered, 2);
  });

  for (const act of ['recover', 'stage', 'save', 'publish'] as const) {
    it(`tries for ever when it cannot ${act}, repeating only that, and shows why`, async () => {
      const bench = new Bench(limits, { autoAdvance: true });
      bench.failures.set(act, 20);
      bench.store.append(events(1, 3));
      await bench.deliverUntil(3);
      assert.equal(bench.status.retries, 20);
      assert.equal(bench.status.lastError?.code, 'disk_full');
      assert.ok(Math.max(...bench.clock.sleeps) <= 30_000);
      const expected = ['recover 0', 'stage 1-3', 'save 3', 'publish 1-3'];
      assert.deepEqual(bench.acts, expected);
    });
  }

  it('shows when it will try again, and ends promptly when it is told to', async () => {
    const bench = new Bench();
    bench.failures.set('stage', 1);
    bench.store.append(events(1, 3));
    const over = new AbortController();
    const delivered = bench.deliver(over.signal);
    while (bench.clock.sleeps.length === 0) await new Promise(setImmediate);
    const { state, nextTryMs } = bench.status;
    assert.deepEqual(
      [state, nextTryMs],
      ['retrying', bench.clock.nowMs() + (bench.clock.sleeps[0] ?? 0)],
    );
    over.abort();
    await delivered;
    assert.deepEqual(bench.acts, ['recover 0']);
    assert.equal(bench.status.position, 0);
  });

  it('finishes a slice under way when it is told to end', async () => {
    const bench = new Bench();
    bench.store.append(events(1, 3));
    const over = new AbortController();
    bench.afterStage = () => over.abort();
    await bench.deliver(over.signal);
    assert.deepEqual(bench.acts, ['recover 0', 'stage 1-3', 'save 3', 'publish 1-3']);
  });

  it('encodes the next slice while one is being delivered, and no further', async () => {
    const bench = new Bench();
    bench.store.append(events(1, 30));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    bench.beforePublish = () => released;
    const encoded: number[] = [];
    bench.onEncode = ({ occurredAtMs }) => encoded.push(occurredAtMs);
    const delivered = bench.deliverUntil(30);
    await bench.acted('save 3');
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    // One slice is in delivery, one is complete, and one event shows that it is.
    assert.equal(encoded.length, 7);
    release();
    await delivered;
    assert.equal(encoded.length, 30);
  });

  it('stands for the events that filters left out, and counts them', async () => {
    const bench = new Bench();
    bench.select = (stored) => (stored.occurredAtMs % 2 === 0 ? stored : undefined);
    bench.store.append(events(1, 12));
    await bench.deliverUntil(12);
    const staged = bench.acts.filter((act) => act.startsWith('stage'));
    assert.deepEqual(staged, ['stage 1-7', 'stage 8-12']);
    assert.deepEqual(
      bench.slices.map(({ eventCount }) => eventCount),
      [3, 3],
    );
    assert.equal(bench.status.eventsLeftOut, 6);
    assert.equal(bench.status.eventsDelivered, 6);
  });

  it('commits how far everything was left out, without a file for it', async () => {
    // Goal: a stream of which nothing is wanted is not read anew at every start, and the next file
    // stands for all positions since the last one. Method: one wanted event, many unwanted, restart.
    const bench = new Bench({ ...limits, events: 1 });
    bench.select = (stored) => ([1, 9].includes(stored.occurredAtMs) ? stored : undefined);
    bench.store.append(events(1, 1));
    await bench.deliverUntil(1);
    bench.store.append(events(2, 8));
    const over = new AbortController();
    const delivered = bench.deliver(over.signal);
    await bench.waitsFor(({ timeoutMs }) => timeoutMs === 5000);
    bench.clock.advance(5000);
    bench.store.passTime();
    await bench.acted('save 8');
    over.abort();
    await delivered;
    assert.deepEqual(await bench.store.delivery('siem', stream), { position: 8, intent: '1-1' });
    assert.equal(bench.status.position, 8);
    bench.store.append(events(9, 9));
    bench.acts.length = 0;
    await bench.deliverUntil(9);
    assert.deepEqual(bench.acts, ['recover 1-1', 'stage 2-9', 'save 9', 'publish 2-9']);
  });

  it('stands for what was left out since the last file, committed or not', async () => {
    const bench = new Bench({ ...limits, events: 1 });
    bench.select = (stored) => ([1, 9].includes(stored.occurredAtMs) ? stored : undefined);
    bench.store.append(events(1, 1));
    const delivered = bench.deliverUntil(9);
    await bench.acted('publish 1-1');
    bench.store.append(events(2, 8));
    await bench.waitsFor(({ timeoutMs }) => timeoutMs === 5000);
    bench.clock.advance(5000);
    bench.store.passTime();
    await bench.acted('save 8');
    bench.store.append(events(9, 9));
    await delivered;
    const staged = bench.acts.filter((act) => /^(?:stage|save)/.test(act));
    assert.deepEqual(staged, ['stage 1-1', 'save 1', 'save 8', 'stage 2-9', 'save 9']);
  });

  it('commits how far everything was left out of a direct sink, without calling it', async () => {
    const bench = new Bench();
    bench.select = () => undefined;
    bench.store.append(events(1, 6));
    const over = new AbortController();
    const delivered = bench.deliver(over.signal, 'direct');
    await bench.waitsFor(({ timeoutMs }) => timeoutMs === 5000);
    bench.clock.advance(5000);
    bench.store.passTime();
    await bench.acted('save 6');
    over.abort();
    await delivered;
    assert.deepEqual(bench.acts, ['save 6']);
    assert.equal(bench.status.eventsLeftOut, 6);
  });

  it('says that events are missing whatever the filters', async () => {
    const bench = new Bench();
    bench.select = (stored) => (stored.occurredAtMs > 5 ? stored : undefined);
    bench.store.append(events(1, 6));
    bench.store.trim(4, 777);
    await bench.deliverUntil(6, 'staged', 5000);
    const text = Buffer.concat(bench.slices[0]?.chunks ?? []).toString();
    assert.equal(text, '4 missing until 777\nline 6\n');
  });

  it('puts what the receiver refuses into the quarantine, with the position', async () => {
    const bench = new Bench();
    bench.rejected = ({ events: sent }) =>
      sent
        .filter(({ position }) => [2, 6].includes(position))
        .map(({ position }) => ({ position, reason: `line ${position}\n is  poison` }));
    bench.store.append(events(1, 6));
    await bench.deliverUntil(6, 'direct');
    assert.deepEqual(bench.acts, ['deliver 1-3', 'save 3', 'deliver 4-6', 'save 6']);
    const refusedAtMs = bench.clock.nowMs();
    assert.deepEqual(bench.store.refused, [
      {
        position: 2,
        id: 'e2',
        occurredAtMs: 2,
        type: 'line 2',
        severity: 1,
        line: 'line 2',
        reason: 'line 2 is poison',
        refusedAtMs,
      },
      {
        position: 6,
        id: 'e6',
        occurredAtMs: 6,
        type: 'line 6',
        severity: 1,
        line: 'line 6',
        reason: 'line 6 is poison',
        refusedAtMs,
      },
    ]);
    assert.equal(bench.status.eventsDelivered, 4);
    assert.equal(bench.status.eventsQuarantined, 2);
  });

  it('stops with the slice it cannot put into a full quarantine, and goes on with room', async () => {
    const bench = new Bench(limits, { autoAdvance: true });
    bench.rejected = () => [{ position: 1, reason: 'poison' }];
    let full = 2;
    bench.store.aroundSave = async (save) => {
      full -= 1;
      if (full >= 0) throw new AppError('quarantine_full', 'no room');
      await save();
      bench.acts.push('save 3');
      over.abort();
    };
    bench.store.append(events(1, 3));
    const over = new AbortController();
    await bench.deliver(over.signal, 'direct');
    assert.deepEqual(bench.acts, ['deliver 1-3', 'save 3']);
    assert.equal(bench.status.lastError?.code, 'quarantine_full');
    assert.equal(bench.store.refused.length, 1);
  });

  it('cuts no slice that a quarantine could not hold if all of it was refused', async () => {
    const bench = new Bench({ events: 50_000, sizeBytes: 64 * 1024 ** 2, lingerMs: 5000 });
    bench.rejected = ({ events: sent }) =>
      sent.map(({ position }) => ({ position, reason: 'poison' }));
    bench.store.append(events(1, 2 * quarantineLimits.events));
    await bench.deliverUntil(2 * quarantineLimits.events, 'direct');
    assert.deepEqual(bench.acts, [
      'deliver 1-10000',
      'save 10000',
      'deliver 10001-20000',
      'save 20000',
    ]);
  });

  it('waits as long as the receiver asks, and longer when somebody must act', async () => {
    const bench = new Bench(limits, { autoAdvance: true });
    const failures = [
      new AppError('sink_unavailable', 'busy', { retryAfterMs: 7000 }),
      new AppError('sink_refused', 'the token is wrong'),
    ];
    const needsOperator: boolean[] = [];
    bench.beforeDeliver = () => {
      needsOperator.push(bench.status.needsOperator);
      const failure = failures.shift();
      if (failure) throw failure;
    };
    bench.store.append(events(1, 3));
    await bench.deliverUntil(3, 'direct');
    const [afterBusy = 0, afterRefusal = 0] = bench.clock.sleeps;
    assert.equal(afterBusy, 7000);
    assert.ok(afterRefusal >= 2500 && afterRefusal <= 5000, String(afterRefusal));
    assert.deepEqual(needsOperator, [false, false, true]);
    assert.equal(bench.status.needsOperator, false);
  });

  it('goes on with one sink while another is down', async () => {
    const bench = new Bench(limits, { autoAdvance: true });
    bench.store.append(events(1, 300));
    const over = new AbortController();
    const down = newSinkStatus('down', stream);
    let attempts = 0;
    const stuck = bench.deliver(over.signal, 'direct', {
      status: down,
      sink: {
        ...bench.directSink('down'),
        deliver: async () => {
          attempts += 1;
          await new Promise(setImmediate);
          throw new AppError('sink_unavailable', 'nobody there');
        },
      },
    });
    await bench.deliverUntil(300, 'direct');
    assert.equal(bench.status.eventsDelivered, 300);
    assert.equal(bench.status.retries, 0);
    assert.deepEqual(await bench.store.delivery('down', stream), { position: 0 });
    await until(() => attempts > 3);
    over.abort();
    await stuck;
    assert.deepEqual([down.position, down.lastError?.code], [0, 'sink_unavailable']);
  });

  it('commits the position of a direct sink only after it has taken the slice', async () => {
    const bench = new Bench(limits, { autoAdvance: true });
    bench.failures.set('deliver', 2);
    bench.store.append(events(1, 6));
    await bench.deliverUntil(6, 'direct');
    assert.deepEqual(bench.acts, ['deliver 1-3', 'save 3', 'deliver 4-6', 'save 6']);
    assert.equal(bench.status.retries, 2);
  });
});

/** A sink that notes what is done to it, and all that delivering needs. */
class Bench {
  readonly store = new MemoryDeliveryStore();
  readonly clock: ManualClock;
  readonly status = newSinkStatus('siem', stream);
  readonly acts: string[] = [];
  readonly slices: StagedSlice[] = [];
  /** How often an act fails before it succeeds. */
  readonly failures = new Map<string, number>();
  readonly #limits: SliceLimits;
  #onAct: () => void = () => {};
  afterStage: () => void = () => {};
  beforePublish: () => Promise<void> = async () => {};
  onEncode: (event: TailraceEvent) => void = () => {};
  beforeDeliver: () => void = () => {};
  rejected: (slice: Slice) => readonly RejectedEvent[] = () => [];
  select: ((event: TailraceEvent) => TailraceEvent | undefined) | undefined;

  constructor(sliceLimits = limits, clock: { autoAdvance?: boolean } = {}) {
    this.#limits = sliceLimits;
    this.clock = new ManualClock(undefined, clock);
    this.store.aroundSave = async (save) => {
      await save();
      const { position } = await this.store.delivery('siem', stream);
      this.#act(`save ${position}`);
    };
  }

  async deliver(
    signal: AbortSignal,
    kind: 'staged' | 'direct' = 'staged',
    changes: Partial<Delivering> = {},
  ): Promise<void> {
    const { store, clock, status } = this;
    const log = pino({ level: 'silent' });
    const encode = (encoded: TailraceEvent) => {
      this.onEncode(encoded);
      return encoded.type;
    };
    const sink = kind === 'staged' ? this.#stagedSink() : this.directSink('siem');
    const { select } = this;
    const what = { sink, stream, store, encode, feed: { gapEvent }, limits: this.#limits } as const;
    const budget = PageBudget.forSlices(this.#limits);
    await deliver({ ...what, select, budget, clock, log, status, ...changes }, signal);
  }

  /** With `lingerMs`, lets so much time pass once everything is read. */
  async deliverUntil(
    position: number,
    kind: 'staged' | 'direct' = 'staged',
    lingerMs?: number,
  ): Promise<void> {
    const over = new AbortController();
    const last = kind === 'staged' ? new RegExp(`^publish .*-${position}$`) : `save ${position}`;
    this.#onAct = () => {
      if (this.acts.some((act) => act.match(last))) over.abort();
    };
    const delivered = this.deliver(over.signal, kind);
    if (lingerMs !== undefined) {
      await this.waitsFor(({ timeoutMs }) => timeoutMs === lingerMs);
      this.clock.advance(lingerMs);
      this.store.passTime();
    }
    await delivered;
  }

  async acted(act: string): Promise<void> {
    await until(() => this.acts.includes(act));
  }

  async waitsFor(isWanted: (wait: { position: number; timeoutMs: number }) => boolean) {
    await until(() => this.store.waits.some(isWanted));
  }

  #stagedSink(): StagedSink {
    return {
      kind: 'staged',
      name: 'siem',
      recover: async (_stream, intent) => {
        this.#act(`recover ${intent ?? 0}`);
        return Number(intent?.split('-')[1] ?? 0);
      },
      probe: async () => {},
      stage: async (slice) => {
        this.#act(`stage ${range(slice)}`);
        // Once it is published its memory is gone.
        this.slices.push({ ...slice, chunks: slice.chunks.map((chunk) => Uint8Array.from(chunk)) });
        this.afterStage();
        return range(slice);
      },
      publish: async (intent) => {
        await this.beforePublish();
        this.#act(`publish ${intent}`);
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  directSink(name: string): DirectSink {
    return {
      kind: 'direct',
      name,
      deliver: async (slice) => {
        this.beforeDeliver();
        this.#act(`deliver ${range(slice)}`);
        return { rejected: this.rejected(slice) };
      },
      probe: async () => allTaken,
      [Symbol.asyncDispose]: async () => {},
    };
  }

  #act(act: string): void {
    const [name = ''] = act.split(' ');
    const failuresLeft = this.failures.get(name) ?? 0;
    this.failures.set(name, failuresLeft - 1);
    if (failuresLeft > 0) {
      throw new AppError('disk_full', 'no space');
    }
    this.acts.push(act);
    this.#onAct();
  }
}

/** What never comes fails the test and does not hang it. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns += 1) {
    assert.ok(turns < 10_000, 'it never happened');
    await new Promise(setImmediate);
  }
}

function range({ firstPosition, lastPosition }: Slice | StagedSlice): string {
  return `${firstPosition}-${lastPosition}`;
}

function events(first: number, last: number): readonly StoredEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => event(first + index));
}

function event(position: number, line = `line ${position % 10}`): StoredEvent {
  const id = `e${position}`;
  return toStoredEvent({ id, occurredAtMs: position, type: line, severity: 1, fields: {} });
}

function gapEvent({ count, untilMs }: Gap): TailraceEvent {
  const type = `${count} missing until ${untilMs}`;
  return { id: 'gap', occurredAtMs: 0, type, severity: 5, fields: {} };
}
