import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import * as fc from 'fast-check';
import pino from 'pino';
import type { StreamName } from '../../core/stream.ts';
import { collect } from '../../pipeline/collect.ts';
import { newSourceStatus } from '../../pipeline/status.ts';
import type { EventStore } from '../../store/event-store.ts';
import { openSqliteEventStore } from '../../store/sqlite/store.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { plainAttack, plainAttackFeed } from '../../testing/plain-attacks.ts';
import {
  type ApptranaFault,
  apptranaCredentials,
  apptranaSecrets,
  ScriptedApptrana,
} from '../../testing/scripted-apptrana.ts';
import { apptranaOptions } from './options.ts';
import { createApptranaSource } from './source.ts';

const startMs = Date.UTC(2026, 10, 20, 23, 45);
const minuteMs = 60_000;
const horizonMs = 30 * minuteMs;
/** The last attack is added by then, swept for half an hour later, and failures take their time. */
const endMs = startMs + 150 * minuteMs;
/** Each takes about half a second; `TAILRACE_TEST_RUNS` asks for more. */
const numRuns = Number(process.env['TAILRACE_TEST_RUNS'] ?? 8);
const websites = ['a.example.com', 'b.example.com'] as const;

interface Scenario {
  readonly attacks: readonly ScenarioAttack[];
  /** What each request for attacks meets, over and over. */
  readonly faults: readonly (ApptranaFault | undefined)[];
  /** After how many steps the collector crashes, then after how many more. */
  readonly crashes: readonly number[];
  readonly filtered: boolean;
}

interface ScenarioAttack {
  readonly timeMs: number;
  readonly addedAtMs: number;
  readonly websiteName: string;
  /** Nothing in it can be read. */
  readonly unreadable: boolean;
}

const attack = fc
  .record({
    minute: fc.integer({ min: -29 * minuteMs, max: 30 * minuteMs }),
    late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: horizonMs })),
    websiteName: fc.constantFrom(...websites),
    unreadable: fc.integer({ min: 0, max: 5 }).map((die) => die === 0),
  })
  .map(({ minute, late, websiteName, unreadable }): ScenarioAttack => {
    const timeMs = startMs + minute;
    return { timeMs, addedAtMs: timeMs + late, websiteName, unreadable };
  });

/** Some failures in a row, then some good answers. */
const spell = fc
  .tuple(
    fc.array(
      fc.constantFrom<ApptranaFault>(
        { fault: 'lost' },
        { fault: 'truncated' },
        { fault: 'brokenOff' },
        { fault: 'answer', status: 500 },
        { fault: 'answer', status: 413 },
        { fault: 'answer', status: 401 },
        { fault: 'answer', status: 429, headers: { 'retry-after': '20' } },
        { fault: 'answer', status: 200, body: '<html>' },
      ),
      { minLength: 1, maxLength: 4 },
    ),
    fc.integer({ min: 8, max: 30 }),
  )
  .map(([faults, good]) => [...faults, ...Array.from({ length: good }, () => undefined)]);

const scenario: fc.Arbitrary<Scenario> = fc.record({
  attacks: fc.array(attack, { minLength: 1, maxLength: 40 }),
  faults: fc.array(spell, { maxLength: 6 }).map((spells) => [...spells.flat(), undefined]),
  crashes: fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 6 }),
  filtered: fc.boolean(),
});

it('collects every attack once, however late, failing and crashing', async () => {
  // Goal: promises 3 and 6 for a source without a cursor. Method: attacks are added in any order, up
  // to the sweep horizon late, to a service that fails at random; the collector dies between any two
  // of its steps and starts again on the same store, until all sweeps are through. The store is the
  // real one, the service a real server, only time is made.
  const directory = await mkdtemp(join(tmpdir(), 'apptrana-collect-'));
  const store = await openSqliteEventStore({ directory, clock: new ManualClock(startMs) });
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        runs += 1;
        const stream: StreamName = `run${runs}/apptrana`;
        await run(given, stream, store);
        const stored = await storedIds(store, stream);
        assert.deepEqual(stored.toSorted(), expectedIds(given, stored).toSorted());
      }),
      { seed: 20261121, numRuns, endOnFailure: true },
    );
  } finally {
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
});

async function run(given: Scenario, stream: StreamName, store: EventStore): Promise<void> {
  const clock = new ManualClock(startMs, { autoAdvance: true });
  await using service = await ScriptedApptrana.start({ nowMs: () => clock.nowMs() });
  service.add(given.attacks.map(scriptedAttack));
  let requests = 0;
  const crashes = [...given.crashes];
  while (clock.nowMs() < endMs) {
    const life = new Life(crashes.shift());
    service.fault = () => {
      clock.advance(200);
      life.step();
      return given.faults[requests++ % given.faults.length];
    };
    await live(life, { service, stream, store, clock, filtered: given.filtered });
  }
}

/** One process, from its start to its crash. */
class Life {
  readonly #abort = new AbortController();
  #stepsLeft: number;

  constructor(steps = Infinity) {
    this.#stepsLeft = steps;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  end(): void {
    this.#abort.abort(new Error('crashed'));
  }

  /** Somewhere the process may die. */
  step(): void {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft <= 0) this.end();
  }

  /** `act` may die before it has begun, and after it is done without anyone hearing of it. */
  async between<T>(act: () => Promise<T>): Promise<T> {
    this.step();
    this.signal.throwIfAborted();
    const result = await act();
    this.step();
    this.signal.throwIfAborted();
    return result;
  }
}

interface World {
  readonly service: ScriptedApptrana;
  readonly stream: StreamName;
  readonly store: EventStore;
  readonly clock: ManualClock;
  readonly filtered: boolean;
}

async function live(life: Life, world: World): Promise<void> {
  const { service, stream, clock, filtered } = world;
  const log = pino({ level: 'silent' });
  const options = apptranaOptions.parse({
    type: 'apptrana',
    url: service.url,
    apiId: apptranaCredentials.apiId,
    apiKey: { env: 'KEY' },
    backfill: '30m',
    sweepHorizon: '30m',
    sweepEvery: '20m',
    pollEvery: '10m',
    ...(filtered ? { websites } : {}),
  });
  const context = { clock, log, readSecret: apptranaSecrets };
  const source = createApptranaSource(
    stream.replace('/', '-'),
    stream,
    options,
    context,
    plainAttackFeed,
  );
  await collect(
    {
      source: {
        name: source.name,
        stream,
        pull: (checkpoint, signal) => {
          if (clock.nowMs() >= endMs) life.end();
          return life.between(() => source.pull(checkpoint, signal));
        },
      },
      store: mortal(world.store, life),
      feed: plainAttackFeed,
      clock,
      log,
      status: newSourceStatus(source.name, stream),
      pollMs: options.pollEvery,
      // Late attacks come out of order, so every one is compared, not only the newest.
    },
    life.signal,
  );
}

/** The store as a process sees it that may die at each call. */
function mortal(store: EventStore, life: Life): EventStore {
  const called = ['append', 'checkpoint', 'saveCheckpoint', 'streamInfo'] as const;
  return new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const bound = (...args: unknown[]): unknown => Reflect.apply(method, target, args);
      return called.some((candidate) => candidate === name)
        ? (...args: unknown[]) => life.between(() => Promise.resolve(bound(...args)))
        : bound;
    },
  });
}

function scriptedAttack(
  { timeMs, addedAtMs, websiteName, unreadable }: ScenarioAttack,
  number: number,
) {
  const attributes = unreadable ? { attack: { requestId: `unreadable-${number}` } } : {};
  return plainAttack(number, timeMs, { addedAtMs, websiteName, ...attributes });
}

/** Of readable attacks by their number; as many unreadable ones as there are. */
function expectedIds({ attacks }: Scenario, stored: readonly string[]): string[] {
  const readable = attacks.flatMap(({ timeMs, unreadable }, number) =>
    unreadable ? [] : [`"request-${number}"-"40"-${timeMs}`],
  );
  const unreadable = [...new Set(stored.filter((id) => id.startsWith('u-')))];
  assert.equal(unreadable.length, attacks.length - readable.length);
  return [...readable, ...unreadable];
}

async function storedIds(store: EventStore, stream: StreamName): Promise<string[]> {
  const page = await store.readAfter(stream, 0, { events: 10_000, bytes: 2 ** 26 });
  return page.blocks.flatMap(({ ndjson }) =>
    ndjson
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => {
        const event: { readonly id: string } = JSON.parse(line);
        return event.id;
      }),
  );
}
