import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { AppError } from '../core/errors.ts';
import type { EventStore } from '../store/event-store.ts';
import { silentMsMax, type NodeBeat } from '../store/lease-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryLeaseStore } from '../testing/memory-lease-store.ts';
import { LeaseKeeper, type LeasedWork } from './leases.ts';
import { planLeases } from './plan-leases.ts';

const log = pino({ level: 'silent' });
const names = ['source a', 'source b', 'source c', 'source d'];

/** A node of a simulated cluster, with what it is doing. */
class TestNode {
  readonly name: string;
  readonly doing = new Set<string>();
  /** What it has done at any time. */
  readonly did = new Set<string>();
  readonly #stop = new AbortController();
  readonly #keeper: LeaseKeeper;
  readonly #work: Promise<unknown>;

  constructor(name: string, store: MemoryLeaseStore, clock: ManualClock, home = name) {
    this.name = name;
    this.#keeper = new LeaseKeeper({ store, node: name, home, clock, log, status: () => '{}' });
    const { signal } = this.#stop;
    this.#work = Promise.all([
      this.#keeper.keep(signal),
      ...names.map((item) =>
        this.#keeper.whileHeld({ stream: '', name: item }, this.#doing(item), signal),
      ),
      this.#keeper.whileHeld(
        { stream: '', name: 'sink file', home },
        this.#doing('sink file'),
        signal,
      ),
    ]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#keeper.leave();
  }

  #doing(item: string): LeasedWork {
    return {
      run: async (_, signal) => {
        this.doing.add(item);
        this.did.add(item);
        await aborted(signal);
        this.doing.delete(item);
      },
    };
  }
}

/** To take a lease takes time, and so may a sign of life. */
class SlowLeaseStore extends MemoryLeaseStore {
  readonly #clock: ManualClock;
  readonly #answerMs: number;
  acquiring = 0;
  /** How many more leases are taken until one time fails. */
  takenBeforeFailure = Number.POSITIVE_INFINITY;
  /** For the next sign of life; those behind it take none. */
  beatMs = 0;

  constructor(clock: ManualClock, answerMs: number) {
    super(clock);
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  override async beat(beat: NodeBeat) {
    const answerMs = this.beatMs;
    this.beatMs = 0;
    if (answerMs > 0) await this.#clock.sleep(answerMs, new AbortController().signal);
    await super.beat(beat);
  }

  override async acquire(...wanted: Parameters<MemoryLeaseStore['acquire']>) {
    this.acquiring += 1;
    await this.#clock.sleep(this.#answerMs, new AbortController().signal);
    this.acquiring -= 1;
    this.takenBeforeFailure -= 1;
    if (this.takenBeforeFailure === -1) throw new AppError('store_unavailable', 'cut off');
    return super.acquire(...wanted);
  }
}

describe('leases', () => {
  it('are shared between nodes, each done by one, and gone on with when a node stops', async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock);
    const first = new TestNode('a', store, clock);
    await pass(clock, 2000);
    assert.equal(first.doing.size, 5);
    const second = new TestNode('b', store, clock);
    await pass(clock, 15_000);
    assert.equal(Math.abs(first.doing.size - second.doing.size), 1);
    assert.deepEqual([...first.doing, ...second.doing].toSorted(), ['sink file', ...names]);
    assert.ok(first.doing.has('sink file'), 'it stays at its home');
    await second.stop();
    await pass(clock, 2000);
    assert.equal(first.doing.size, 5);
    await first.stop();
  });

  it('are taken over within 10 s from a node that is silent, unless their home is elsewhere', async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock);
    const dead = new TestNode('a', store, clock);
    await pass(clock, 2000);
    const heir = new TestNode('b', store, clock);
    await pass(clock, 2000);
    store.cutOff('a');
    await pass(clock, 10_000);
    assert.deepEqual([...heir.doing].toSorted(), names);
    assert.equal(dead.doing.size, 0, 'a node that cannot reach the store does nothing any more');
    store.restore('a');
    await Promise.all([dead.stop(), heir.stop()]);
  });

  it('end with the silence of the store, although it answers nothing, and go on afterwards', async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock);
    const unheard = new TestNode('a', store, clock);
    await pass(clock, 2000);
    const heir = new TestNode('b', store, clock, 'a');
    store.leaveUnanswered('a');
    await pass(clock, silentMsMax);
    assert.equal(unheard.doing.size, 0, 'others may have begun it');
    await pass(clock, 5000);
    assert.equal(heir.doing.size, 5);
    store.restore('a');
    await heir.stop();
    await pass(clock, 10_000);
    assert.equal(unheard.doing.size, 5);
    await unheard.stop();
  });

  for (const beatMs of [1400, 3200, 60_000]) {
    it(`outlast one sign of life that takes ${beatMs} ms`, async () => {
      const clock = new ManualClock();
      const store = new SlowLeaseStore(clock, 0);
      const keeper = new LeaseKeeper({ store, node: 'a', home: 'a', clock, log, status: () => '' });
      const stop = new AbortController();
      let runs = 0;
      const work: LeasedWork = {
        run: async (_, signal) => {
          runs += 1;
          await aborted(signal);
        },
      };
      const held = keeper.whileHeld({ stream: '', name: 'x' }, work, stop.signal);
      const keeping = keeper.keep(stop.signal);
      await pass(clock, 2000);
      assert.equal(runs, 1);
      store.beatMs = beatMs;
      await pass(clock, 20_000);
      assert.equal(store.beatMs, 0);
      assert.equal(runs, 1);
      stop.abort();
      await Promise.all([held, keeping]);
    });
  }

  it('are done again by a node that could not give them up while the store was away', async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock);
    const node = new TestNode('a', store, clock);
    await pass(clock, 2000);
    store.cutOff('a');
    await pass(clock, 60_000);
    assert.equal(node.doing.size, 0);
    store.restore('a');
    await pass(clock, 5000);
    assert.equal(node.doing.size, 5);
    assert.ok((await store.leases()).every(({ fence }) => fence === 2));
    await node.stop();
  });

  for (const isWanted of [true, false]) {
    const then = isWanted ? 'done for who wants it now' : 'given up when nobody does';
    it(`that was being taken for what a reload ended is ${then}`, async () => {
      const clock = new ManualClock();
      const [stop, reload] = [new AbortController(), new AbortController()];
      const store = new SlowLeaseStore(clock, 100);
      const keeper = new LeaseKeeper({ store, node: 'a', home: 'a', clock, log, status: () => '' });
      let runs = 0;
      const work = { run: async () => void (runs += 1) };
      const item = { stream: '', name: 'x' } as const;
      const before = keeper.whileHeld(item, work, reload.signal);
      const keeping = keeper.keep(stop.signal);
      while (store.acquiring === 0) await turn();
      reload.abort();
      await before;
      const once = { run: async () => (await work.run(), stop.abort()) };
      const after = isWanted ? keeper.whileHeld(item, once, stop.signal) : undefined;
      await pass(clock, 6000);
      assert.equal(runs, isWanted ? 1 : 0);
      stop.abort();
      await Promise.all([after, keeping]);
      assert.deepEqual(
        (await store.leases()).map(({ node }) => node),
        [undefined],
      );
    });
  }

  it('are so many that to take them is long, and the node gives signs of life meanwhile', async () => {
    const clock = new ManualClock();
    const store = new SlowLeaseStore(clock, 250);
    const keeper = new LeaseKeeper({ store, node: 'a', home: 'a', clock, log, status: () => '' });
    const stop = new AbortController();
    const items = Array.from({ length: 200 }, (_, index) => `t${index}/insync` as const);
    let doing = 0;
    const work: LeasedWork = {
      run: async (_, signal) => {
        doing += 1;
        await aborted(signal);
      },
    };
    const held = items.map((stream) => keeper.whileHeld({ stream, name: 'x' }, work, stop.signal));
    const keeping = keeper.keep(stop.signal);
    for (let passedMs = 0; doing < items.length; passedMs += 250) {
      assert.ok(passedMs < 60_000, `${doing} of ${items.length} are done`);
      await pass(clock, 250);
      for (const { silentMs } of await store.nodes()) assert.ok(silentMs < 2000, `${silentMs} ms`);
    }
    stop.abort();
    await Promise.all([...held, keeping]);
  });

  it('are each taken once, and good, when one of many could not be taken at first', async () => {
    // Goal: no work goes on under a fence of before. Method: one fails while others are being taken,
    // for longer than it is to the next round; in the end, all work writes.
    const clock = new ManualClock();
    const store = new SlowLeaseStore(clock, 250);
    store.takenBeforeFailure = 10;
    const keeper = new LeaseKeeper({ store, node: 'a', home: 'a', clock, log, status: () => '' });
    const stop = new AbortController();
    const items = Array.from({ length: 100 }, (_, index) => `t${index}/insync` as const);
    const doing = new Set<EventStore>();
    let runs = 0;
    const work: LeasedWork = {
      run: async (fenced, signal) => {
        runs += 1;
        doing.add(fenced);
        await aborted(signal);
        doing.delete(fenced);
      },
    };
    const held = items.map((stream) => keeper.whileHeld({ stream, name: 'x' }, work, stop.signal));
    const keeping = keeper.keep(stop.signal);
    await pass(clock, 30_000);
    assert.equal(doing.size, items.length);
    for (const fenced of doing) await fenced.saveCheckpoint('x', 'y');
    assert.equal(runs, items.length);
    stop.abort();
    await Promise.all([...held, keeping]);
  });

  it('end the work of a node whose writes were refused', async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock);
    const keeper = new LeaseKeeper({ store, node: 'a', home: 'a', clock, log, status: () => '' });
    const stop = new AbortController();
    let runs = 0;
    const work: LeasedWork = {
      run: async (fenced, signal) => {
        runs += 1;
        if (runs > 1) return stop.abort();
        await assert.rejects(fenced.saveCheckpoint('x', 'y'), { code: 'lease_lost' });
        assert.ok(signal.aborted);
        return undefined;
      },
    };
    store.refuseWrites = new AppError('lease_lost', 'another node has it');
    const held = keeper.whileHeld({ stream: '', name: 'x' }, work, stop.signal);
    const keeping = keeper.keep(stop.signal);
    await pass(clock, 10_000);
    await Promise.all([held, keeping]);
    assert.equal(runs, 2);
  });
});

it('plans nothing for a node that has its share', () => {
  const nodes = ['a', 'b'].map((node) => ({
    node,
    home: node,
    works: ['x'],
    status: '',
    silentMs: 0,
  }));
  const wanted = [1, 2, 3].map((number) => ({ stream: `t/${number}`, name: 'x' }) as const);
  const leases = wanted.map((item, index) => ({
    ...item,
    node: index === 0 ? 'a' : 'b',
    fence: 1,
    home: undefined,
  }));
  for (const node of ['a', 'b']) {
    const plan = planLeases({ node, wanted, nodes, leases, silentMsMax });
    assert.deepEqual(plan, { take: [], release: [], left: [] });
  }
});

describe('what nobody holds', () => {
  const sources = ['source a', 'source b', 'source c', 'source d'];
  const wanted = sources.map((name) => ({ stream: '', name }) as const);

  it('is all taken, by nodes that can do it, however many there are that cannot', () => {
    const works = [...sources, 'sink file'];
    const services = ['x', 'y', 'z'].map((node) => alive(node, ['housekeeping']));
    const nodes = [alive('a', works), alive('b', works), ...services];
    const leases = boundTo('a', 4);
    const takenBy = (node: string) =>
      planLeases({ node, wanted, nodes, leases, silentMsMax }).take.map(({ name }) => name);
    assert.deepEqual(takenBy('b'), sources, 'the other one has four things to do');
    assert.deepEqual(takenBy('a'), []);
  });

  it('is taken by the next one when the node it was left to does not take it', () => {
    const [item] = wanted;
    assert.ok(item);
    const nodes = [alive('a', ['source a']), alive('b', ['source a'])];
    const view = { node: 'b', wanted: [item], nodes, leases: [], silentMsMax };
    assert.deepEqual(planLeases(view), { take: [], release: [], left: [item] });
    assert.deepEqual(planLeases({ ...view, isOverdue: () => true }).take, [item]);
  });

  it('does not wait for ever for a node that is alive and never takes its share', async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock);
    const idle = new AbortController();
    const idling = beatForEver(store, clock, idle.signal);
    const node = new TestNode('b', store, clock);
    await pass(clock, 8000);
    assert.deepEqual([...node.did].toSorted(), ['sink file', ...names]);
    idle.abort();
    await Promise.all([node.stop(), idling]);
  });
});

function alive(node: string, works: readonly string[]) {
  return { node, home: node, works, status: '', silentMs: 0 } as const;
}

function boundTo(node: string, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const stream = `t/${index}` as const;
    return { stream, name: 'sink file', node, fence: 1, home: node };
  });
}

/** A node that says it could do everything and does nothing. */
async function beatForEver(store: MemoryLeaseStore, clock: ManualClock, signal: AbortSignal) {
  while (!signal.aborted) {
    await store.beat({ node: 'a', home: 'a', works: names, status: '' });
    await clock.sleep(1000, signal);
  }
}

/** Lets time go by in small steps, with all that happens in them. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    clock.advance(250);
    for (let turns = 0; turns < 30; turns += 1) await turn();
  }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
