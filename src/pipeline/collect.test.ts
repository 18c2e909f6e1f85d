import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import pino from 'pino';
import { AppError } from '../core/errors.ts';
import { eventLinesOf, noEvents } from '../core/event-lines.ts';
import { parseStoredEvent, type TailraceEvent, toStoredEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { StreamName } from '../core/stream.ts';
import { inSync } from '../feeds/insync.ts';
import { druvaOptions } from '../sources/druva/options.ts';
import { createDruvaSource } from '../sources/druva/source.ts';
import type { Source, SourcePage } from '../sources/source.ts';
import type { EventStore } from '../store/event-store.ts';
import { openSqliteEventStore } from '../store/sqlite/store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import {
  ScriptedVendor,
  vendorCredentials,
  vendorSecrets,
  type VendorFault,
} from '../testing/scripted-vendor.ts';
import { collect, type Collection } from './collect.ts';
import { newSourceStatus, type SourceStatus } from './status.ts';

const startMs = Date.UTC(2026, 10, 20);
const log = pino({ level: 'silent' });

let directory: string;
let store: EventStore;
let streamCount = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailrace-collect-'));
  store = await openSqliteEventStore({ directory, clock: new ManualClock(startMs) });
});
after(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('collect', () => {
  it('stores every event of a source once and in order, and goes on where it stopped', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 4 });
    vendor.add(events(1, 10));
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    vendor.add(events(11, 13));
    const status = await collectUntilCaughtUp(sourceOf(vendor, stream));
    assert.deepEqual(await storedIds(stream), range(1, 13));
    assert.equal(status.eventsStored, 3);
    assert.equal(status.newestEventMs, timeOf(13));
    assert.equal(status.state, 'stopped');
  });

  it('stores nothing twice when the source has to start again', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 4 });
    vendor.add(events(1, 10));
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    vendor.expireCursors();
    vendor.add(events(11, 13));
    const status = await collectUntilCaughtUp(sourceOf(vendor, stream));
    assert.deepEqual(await storedIds(stream), range(1, 13));
    assert.deepEqual([status.duplicates, status.eventsStored, status.gaps], [10, 3, 0]);
  });

  it('stores nothing twice when the source starts again while it goes over old events', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 2 });
    vendor.add(events(1, 4));
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    vendor.expireCursors();
    vendor.add(events(5, 10));
    const source = sourceOf(vendor, stream);
    let pulls = 0;
    const interrupted: Source = {
      ...named(source),
      pull: (checkpoint, signal) => {
        pulls += 1;
        if (pulls === 5) vendor.expireCursors();
        return source.pull(checkpoint, signal);
      },
    };
    await collectUntilCaughtUp(interrupted);
    assert.deepEqual(await storedIds(stream), range(1, 10));
  });

  it('stores nothing twice when the progress was lost, as by a renamed source', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 4 });
    vendor.add(events(1, 10));
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    await collectUntilCaughtUp({ ...named(sourceOf(vendor, stream, 'renamed')) });
    assert.deepEqual(await storedIds(stream), range(1, 10));
  });

  it('keeps identical lines apart and recognises them when they come again', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 3 });
    // The same line on both sides of a page's end, and three times altogether.
    vendor.add([line(1), line(2), line(2), line(2), line(3)]);
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    vendor.expireCursors();
    vendor.forget(1);
    vendor.add([line(3), line(4)]);
    const status = await collectUntilCaughtUp(sourceOf(vendor, stream));
    const stored = await storedEvents(stream);
    assert.deepEqual(
      stored.map(({ original }) => original),
      [1, 2, 2, 2, 3, 3, 4].map(line),
    );
    assert.equal(new Set(stored.map(({ id }) => id)).size, 7);
    assert.equal(status.duplicates, 4);
  });

  it('stores the gap before the events that follow it', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start();
    vendor.add(events(1, 5));
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    vendor.expireCursors();
    vendor.add(events(6, 9));
    vendor.forget(7);
    const status = await collectUntilCaughtUp(sourceOf(vendor, stream));
    const stored = await storedEvents(stream);
    assert.deepEqual(
      stored.map(({ type, fields }) => (type === 'Event Gap' ? 'gap' : fields['eventID'])),
      [1, 2, 3, 4, 5, 'gap', 8, 9],
    );
    assert.equal(status.gaps, 1);
  });

  it('waits longer after every failure, in public, and goes on by itself', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start();
    vendor.add(events(1, 2));
    const failure = { fault: 'answer', status: 500 } as const;
    vendor.next(failure, failure, failure);
    const clock = new ManualClock(startMs, { autoAdvance: true });
    const status = newSourceStatus('druva', stream);
    const seen: unknown[] = [];
    const watching: Source = watched(sourceOf(vendor, stream), () => {
      seen.push([status.retries, status.lastError?.code]);
    });
    await collectUntilCaughtUp(watching, {
      clock,
      status,
      backoff: { firstMs: 1000, maxMs: 3000 },
      random: () => 0.5,
    });
    assert.deepEqual(clock.sleeps.slice(0, 3), [750, 1500, 2250]);
    assert.deepEqual(seen, [
      [0, undefined],
      [1, 'source_unavailable'],
      [2, 'source_unavailable'],
      [3, 'source_unavailable'],
    ]);
    assert.equal(status.nextTryMs, undefined);
    assert.deepEqual(await storedIds(stream), [1, 2]);
  });

  it('says what is wrong and when it tries again, while it waits', async () => {
    const clock = new ManualClock(startMs);
    const status = newSourceStatus('druva', 'acme/insync');
    const controller = new AbortController();
    const failing = sourceThat(newStream(), () => {
      throw new AppError('source_unavailable', 'later', { retryAfterMs: 17_000 });
    });
    const slept = sleeping(clock);
    const running = collect(collectionOf(failing, { clock, status }), controller.signal);
    await slept;
    assert.equal(status.state, 'retrying');
    assert.equal(status.nextTryMs, startMs + 17_000);
    assert.deepEqual(status.lastError, {
      code: 'source_unavailable',
      message: 'later',
      atMs: startMs,
    });
    controller.abort();
    await running;
    assert.equal(status.state, 'stopped');
  });

  it('polls after the interval once it has caught up', async () => {
    const clock = new ManualClock(startMs);
    const controller = new AbortController();
    const empty = { events: noEvents, checkpoint: 'same', caughtUp: true, mayRepeat: false };
    let pulls = 0;
    const source = sourceThat(newStream(), () => {
      pulls += 1;
      return Promise.resolve(empty);
    });
    let slept = sleeping(clock);
    const running = collect(collectionOf(source, { clock, pollMs: 5000 }), controller.signal);
    await slept;
    assert.equal(pulls, 1);
    slept = sleeping(clock);
    clock.advance(5000);
    await slept;
    assert.equal(pulls, 2);
    controller.abort();
    await running;
    assert.deepEqual(clock.sleeps, [5000, 5000]);
  });

  it('keeps a page while the store is full, and stores it once there is room', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start();
    vendor.add(events(1, 3));
    let refusals = 2;
    const full = overlaid(store, {
      append: (append) => {
        refusals -= 1;
        if (refusals >= 0) throw new AppError('disk_full', 'no space left');
        return store.append(append);
      },
    });
    const status = await collectUntilCaughtUp(sourceOf(vendor, stream), { store: full });
    assert.deepEqual(await storedIds(stream), [1, 2, 3]);
    assert.equal(status.lastError?.code, 'disk_full');
    assert.deepEqual(
      vendor.requests.map(({ cursor }) => cursor === undefined),
      [true],
      'the page was not pulled again',
    );
  });

  it('stores a page once when the store committed it and said it had not', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start();
    vendor.add(events(1, 3));
    await collectUntilCaughtUp(sourceOf(vendor, stream));
    vendor.add(events(4, 6));
    let lies = 1;
    const lying = overlaid(store, {
      append: async (append) => {
        const appended = await store.append(append);
        if (lies-- > 0) throw new AppError('store_unavailable', 'the answer was lost');
        return appended;
      },
    });
    await collectUntilCaughtUp(sourceOf(vendor, stream), { store: lying });
    assert.deepEqual(await storedIds(stream), range(1, 6));
  });

  it('finishes the append under way when it is aborted, and pulls no more', async () => {
    const stream = newStream();
    const controller = new AbortController();
    let pulls = 0;
    const source = sourceThat(stream, () => {
      pulls += 1;
      return Promise.resolve(pageOf(events(1, 3), 'c1'));
    });
    const aborting = overlaid(store, {
      append: (append) => {
        controller.abort();
        return store.append(append);
      },
    });
    await collect(collectionOf(source, { store: aborting }), controller.signal);
    assert.deepEqual(await storedIds(stream), [1, 2, 3]);
    assert.equal(await store.checkpoint(source.name), 'c1');
    assert.equal(pulls, 1);
  });

  it('pulls one page while the one before is being stored, and no further', async () => {
    const stream = newStream();
    const gate = new Gate();
    const slow = overlaid(store, {
      append: async (append) => {
        await gate.passed();
        return store.append(append);
      },
    });
    const pages = new PulledPages(stream, 4);
    const collecting = collectUntilCaughtUp(pages.source, { store: slow });
    await gate.reached();
    await pages.pulled(2);
    await turnOfEvents();
    assert.deepEqual(pages.checkpoints, [undefined, 'c1'], 'pulled while nothing was stored');
    assert.deepEqual(await storedIds(stream), []);
    gate.open();
    await collecting;
    assert.deepEqual(pages.checkpoints, [undefined, 'c1', 'c2', 'c3']);
    assert.deepEqual(await storedIds(stream), range(1, 4));
    assert.equal(await store.checkpoint(pages.source.name), 'c4');
  });

  it('asks a source that must not be asked ahead only for what follows the stored page', async () => {
    const stream = newStream();
    const stored: unknown[] = [];
    const pages = new PulledPages(stream, 3);
    const source = { ...pages.source, mayPullAhead: false };
    const pull: Source['pull'] = async (checkpoint, signal) => {
      stored.push(await store.checkpoint(source.name));
      return source.pull(checkpoint, signal);
    };
    await collectUntilCaughtUp({ ...source, pull });
    assert.deepEqual(stored, [undefined, 'c1', 'c2']);
  });

  it('repeats a page that the store refused before the one that was pulled ahead', async () => {
    const stream = newStream();
    const pages = new PulledPages(stream, 3);
    const tried: unknown[] = [];
    const full = overlaid(store, {
      append: async (append) => {
        tried.push(append.checkpoint?.value);
        if (tried.length === 1) await pages.pulled(2);
        if (tried.length <= 2) throw new AppError('disk_full', 'no space left');
        return store.append(append);
      },
    });
    await collectUntilCaughtUp(pages.source, { store: full });
    assert.deepEqual(tried, ['c1', 'c1', 'c1', 'c2', 'c3']);
    assert.deepEqual(await storedIds(stream), range(1, 3));
    assert.deepEqual(pages.checkpoints, [undefined, 'c1', 'c2'], 'none was pulled twice');
  });

  it('tells what went wrong ahead when the page before is stored, and pulls again', async () => {
    const stream = newStream();
    const pages = new PulledPages(stream, 2);
    const status = newSourceStatus(pages.source.name, stream);
    const gate = new Gate();
    const slow = overlaid(store, {
      append: async (append) => {
        await gate.passed();
        return store.append(append);
      },
    });
    pages.failAt(2, new AppError('source_unavailable', 'later'));
    const clock = new ManualClock(startMs, { autoAdvance: true });
    const collecting = collectUntilCaughtUp(pages.source, { store: slow, status, clock });
    await gate.reached();
    await pages.pulled(2);
    await turnOfEvents();
    assert.deepEqual([status.retries, status.lastError, status.state], [0, undefined, 'running']);
    gate.open();
    await collecting;
    assert.deepEqual([status.retries, status.lastError?.message], [1, 'later']);
    assert.deepEqual(pages.checkpoints, [undefined, 'c1', 'c1']);
    assert.deepEqual(await storedIds(stream), [1, 2]);
  });

  it('ends with the append under way, and drops what was pulled ahead', async () => {
    const stream = newStream();
    const controller = new AbortController();
    const pages = new PulledPages(stream, 3);
    const aborting = overlaid(store, {
      append: async (append) => {
        await pages.pulled(2);
        controller.abort();
        return store.append(append);
      },
    });
    await collect(collectionOf(pages.source, { store: aborting }), controller.signal);
    assert.deepEqual(await storedIds(stream), [1]);
    assert.equal(await store.checkpoint(pages.source.name), 'c1');
    assert.equal(pages.checkpoints.length, 2);
  });

  it('waits at its end for a pull that takes its time to notice', async () => {
    const stream = newStream();
    const controller = new AbortController();
    const pages = new PulledPages(stream, 3);
    const gate = new Gate();
    const pull: Source['pull'] = async (checkpoint, signal) => {
      if (checkpoint !== undefined) await gate.passed();
      return pages.source.pull(checkpoint, signal);
    };
    const { promise: stored, resolve } = Promise.withResolvers<void>();
    const aborting = overlaid(store, {
      append: async (append) => {
        controller.abort();
        const appended = await store.append(append);
        resolve();
        return appended;
      },
    });
    let hasEnded = false;
    const source = { ...pages.source, pull };
    const collection = collectionOf(source, { store: aborting });
    const running = collect(collection, controller.signal).then(() => (hasEnded = true));
    await Promise.all([gate.reached(), stored]);
    await turnOfEvents();
    assert.equal(hasEnded, false);
    gate.open();
    await running;
  });

  it('finds repeats page by page when cursors expire ahead of what is stored', async () => {
    // Goal: promise 3. Method: the second page is stored only when the third has come, and that one
    // begins at the oldest event again: what it repeats of the second is found all the same.
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 3 });
    vendor.add(events(1, 8));
    const druva = sourceOf(vendor, stream);
    const third = new Gate();
    let pulls = 0;
    const pull: Source['pull'] = async (checkpoint, signal) => {
      pulls += 1;
      if (pulls === 3) vendor.expireCursors();
      const page = await druva.pull(checkpoint, signal);
      if (pulls === 3) third.open();
      return page;
    };
    let appends = 0;
    const slow = overlaid(store, {
      append: async (append) => {
        appends += 1;
        if (appends === 2) await third.passed();
        return store.append(append);
      },
    });
    const status = await collectUntilCaughtUp({ ...named(druva), pull }, { store: slow });
    assert.equal(status.duplicates, 6);
    assert.deepEqual(await storedIds(stream), range(1, 8));
  });

  it('leaves out what a source repeats in silence, if the store is told to remember', async () => {
    const stream = newStream();
    await using vendor = await ScriptedVendor.start({ pageEvents: 2 });
    vendor.add(events(1, 6));
    const source = sourceOf(vendor, stream);
    let pulls = 0;
    const repeating = watched(source, () => {
      pulls += 1;
      if (pulls === 3) vendor.next({ fault: 'repeatedPage' });
    });
    const status = await collectUntilCaughtUp(repeating, { deduplicationMs: 3_600_000 });
    assert.deepEqual(await storedIds(stream), range(1, 6));
    assert.equal(status.duplicates, 2);
  });

  it('stores every event once, wherever it is killed', async () => {
    // Goal: promise 3. Method: end the process at every boundary between two steps in turn (before
    // and after each call to source and store), start anew on the same store, and compare. Once from
    // the beginning, where the stream is compared, and once later, where only the commit counts.
    for (const heldFirst of [false, true]) {
      for (let killAt = 0; ; killAt += 1) {
        const stream = newStream();
        await using vendor = await ScriptedVendor.start({ pageEvents: 2 });
        vendor.add(events(1, 3));
        if (heldFirst) await collectUntilCaughtUp(sourceOf(vendor, stream));
        vendor.add(events(4, 7));
        const first = killedAt(killAt, sourceOf(vendor, stream));
        const collecting = collectUntilCaughtUp(first.source, { store: first.store });
        await Promise.race([collecting, first.killed]);
        await collectUntilCaughtUp(sourceOf(vendor, stream));
        assert.deepEqual(await storedIds(stream), range(1, 7), `killed at step ${killAt}`);
        if (!first.isKilled()) break;
        assert.ok(killAt < 100, 'never finishes');
      }
    }
  });

  it('stores every event once, whatever the source does', async () => {
    // Goal: promises 3 and 6. Method: a vendor that fails, expires cursors and gets new events at
    // random between pulls; without retention every event must be stored exactly once.
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('v1', 'v2'), fc.array(step, { maxLength: 12 }), runSteps),
      { numRuns: 25 },
    );
  });
});

const failures: readonly VendorFault[] = [
  { fault: 'lost' },
  { fault: 'truncated' },
  { fault: 'stuckCursor' },
  { fault: 'noCursor' },
  { fault: 'reorderedKeys' },
  { fault: 'answer', status: 503 },
  { fault: 'answer', status: 429 },
  { fault: 'answer', status: 401 },
  { fault: 'answer', status: 403 },
  { fault: 'answer', status: 400, body: 'Cookie expired' },
  { fault: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
];
type Step = VendorFault | 'expire' | 'revoke' | 'add' | 'restart';
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...failures),
  fc.constantFrom<Step>('expire', 'revoke', 'add', 'restart'),
);

async function runSteps(api: 'v1' | 'v2', steps: readonly Step[]): Promise<void> {
  const stream = newStream();
  await using vendor = await ScriptedVendor.start({ pageEvents: 3 });
  let count = 7;
  vendor.add(events(1, count));
  const left = [...steps];
  while (left.length > 0) {
    const source = sourceOf(vendor, stream, `${api}-${stream}`, api);
    const controller = new AbortController();
    const stepping = watched(source, () => {
      const next = left.shift();
      if (next === 'expire') vendor.expireCursors();
      else if (next === 'revoke') vendor.revokeTokens();
      else if (next === 'add') vendor.add(events(count + 1, (count += 4)));
      else if (next === 'restart') controller.abort();
      else if (next !== undefined) vendor.next(next);
    });
    await collectUntilCaughtUp(stepping, {}, controller);
  }
  await collectUntilCaughtUp(sourceOf(vendor, stream, `${api}-${stream}`, api));
  assert.deepEqual(await storedIds(stream), range(1, count));
}

/** Collects until the source has nothing more. */
async function collectUntilCaughtUp(
  source: Source,
  more: Partial<Collection> = {},
  controller = new AbortController(),
): Promise<SourceStatus> {
  const clock = new ManualClock(startMs, { autoAdvance: true });
  const status = newSourceStatus(source.name, source.stream);
  const collection = collectionOf(source, { clock, status, ...more });
  const ending = overlaid(collection.clock, {
    sleep: async (ms, signal) => {
      await collection.clock.sleep(ms, signal);
      if (collection.status.caughtUp) controller.abort();
    },
  });
  await collect({ ...collection, clock: ending }, controller.signal);
  return collection.status;
}

function collectionOf(source: Source, more: Partial<Collection>): Collection {
  const clock = new ManualClock(startMs, { autoAdvance: true });
  const status = newSourceStatus(source.name, source.stream);
  return { source, store, feed: inSync, clock, log, status, pollMs: 1000, ...more };
}

/**
 * Everything that happens goes through the source and the store: ends there, at the given call. What
 * the store was doing then is over when `killed` resolves, as its thread dies with the process.
 */
function killedAt(killAt: number, source: Source) {
  let steps = 0;
  let underWay = 0;
  const { promise: killed, resolve: die } = Promise.withResolvers<void>();
  let dead = false;
  const boundary = async (): Promise<void> => {
    dead ||= steps++ === killAt;
    if (dead && underWay === 0) die();
    // Nothing happens any more in a process that was killed.
    if (dead) await new Promise<never>(() => {});
  };
  async function through<T>(call: () => Promise<T>): Promise<T> {
    await boundary();
    underWay += 1;
    const result = await call().finally(() => (underWay -= 1));
    await boundary();
    return result;
  }
  return {
    killed,
    isKilled: () => dead,
    source: {
      ...named(source),
      pull: (checkpoint: string | undefined, signal: AbortSignal) =>
        through(() => source.pull(checkpoint, signal)),
    },
    store: overlaid(store, {
      append: (append) => through(() => store.append(append)),
      checkpoint: (name) => through(() => store.checkpoint(name)),
      saveCheckpoint: (name, value) => through(() => store.saveCheckpoint(name, value)),
      streamInfo: (stream) => through(() => store.streamInfo(stream)),
    }),
  };
}

/** Pages of one event each, with the checkpoints `c1`, `c2` and so on. */
class PulledPages {
  readonly source: Source;
  /** What it was asked from, in order. */
  readonly checkpoints: (string | undefined)[] = [];
  readonly #failures = new Map<number, Error>();
  readonly #watchers = new Map<number, () => void>();

  constructor(stream: StreamName, last: number) {
    const pull: Source['pull'] = async (checkpoint) => {
      const pulls = this.checkpoints.push(checkpoint);
      this.#watchers.get(pulls)?.();
      const failure = this.#failures.get(pulls);
      if (failure !== undefined) throw failure;
      const number = Number(checkpoint?.slice(1) ?? 0) + 1;
      return { ...pageOf(events(number, number), `c${number}`), caughtUp: number === last };
    };
    this.source = { name: `source-${stream}`, stream, mayPullAhead: true, pull };
  }

  failAt(pull: number, error: Error): void {
    this.#failures.set(pull, error);
  }

  /** Resolves when it was asked so often. */
  pulled(times: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.checkpoints.length >= times) resolve();
    this.#watchers.set(times, resolve);
    return promise;
  }
}

/** Something that nobody passes before it is opened. */
class Gate {
  readonly #opened = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();

  open(): void {
    this.#opened.resolve();
  }

  reached(): Promise<void> {
    return this.#reached.promise;
  }

  async passed(): Promise<void> {
    this.#reached.resolve();
    await this.#opened.promise;
  }
}

/** Whatever needs no more than the program itself has happened when it resolves. */
function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `base` with some of its methods replaced. */
function overlaid<T extends object>(base: T, over: Partial<T>): T {
  return new Proxy(base, {
    get: (target, key) => {
      const from = key in over ? over : target;
      const value: unknown = Reflect.get(from, key, from);
      return typeof value === 'function' ? value.bind(from) : value;
    },
  });
}

/** Resolves when the clock is next asked to sleep. */
function sleeping(clock: ManualClock): Promise<void> {
  const original = clock.sleep.bind(clock);
  return new Promise((resolve) => {
    clock.sleep = (ms, signal) => {
      const asleep = original(ms, signal);
      resolve();
      return asleep;
    };
  });
}

function watched(source: Source, beforePull: () => void): Source {
  return {
    ...named(source),
    pull: (checkpoint, signal) => {
      beforePull();
      return source.pull(checkpoint, signal);
    },
  };
}

function named(source: Source): Source {
  const { name, stream, mayPullAhead = false } = source;
  const pull: Source['pull'] = (checkpoint, signal) => source.pull(checkpoint, signal);
  return { name, stream, mayPullAhead, pull };
}

function sourceThat(stream: StreamName, pull: () => Promise<SourcePage>): Source {
  return { name: `source-${stream}`, stream, pull: async () => pull() };
}

function sourceOf(
  { url }: ScriptedVendor,
  stream: StreamName,
  name = `druva-${stream}`,
  api: 'v1' | 'v2' = 'v2',
): Source {
  const { username, clientId } = vendorCredentials;
  const credentials =
    api === 'v1'
      ? { username, token: { env: 'TOKEN' } }
      : { clientId, clientSecret: { env: 'SECRET' } };
  const options = druvaOptions.parse({ type: 'druva', api, url, ...credentials });
  const clock = new ManualClock(startMs);
  return createDruvaSource(name, stream, options, { clock, log, readSecret: vendorSecrets });
}

function newStream(): StreamName {
  streamCount += 1;
  return `t${streamCount}/insync`;
}

async function storedEvents(stream: StreamName): Promise<TailraceEvent[]> {
  const { blocks } = await store.readAfter(stream, 0, { events: 1000, bytes: 10_000_000 });
  return blocks.flatMap(({ ndjson }) =>
    ndjson.toString().trimEnd().split('\n').map(parseStoredEvent),
  );
}

async function storedIds(stream: StreamName): Promise<unknown[]> {
  return (await storedEvents(stream)).map(({ fields }) => fields['eventID']);
}

function pageOf(objects: readonly JsonObject[], checkpoint: string): SourcePage {
  const page = objects.map((object) => inSync.readEvent(object).event);
  return {
    events: eventLinesOf(page.map(toStoredEvent)),
    checkpoint,
    caughtUp: false,
    mayRepeat: false,
  };
}

function events(first: number, last: number): JsonObject[] {
  return range(first, last).map((number) => ({
    eventID: number,
    eventType: 'Backup',
    eventState: 'Success',
    severity: 6,
    timestamp: new Date(timeOf(number)).toISOString().replace('.000', ''),
  }));
}

function line(second: number): string {
  return `Nov 20 2026 00:00:0${second} cloud.example.com CEF:0|Druva|inSync|1||Backup|6|suser=a`;
}

function timeOf(number: number): number {
  return startMs - 1_000_000 + number * 1000;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
