import { setImmediate as nextTurn } from 'node:timers/promises';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import { type Cast, openCast } from './cast.ts';
import { Chaos, type InjectedFault } from './chaos.ts';
import { brokenPromises, isGap, lateNumbers, numbersOf } from './promises.ts';
import { Scheduler } from './scheduler.ts';
import { settingNames, type SettingName } from './settings.ts';
import { forget, setClocks } from './weather.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly setting?: SettingName;
  /** Ids of faults that do not happen although they would. */
  readonly without?: ReadonlySet<string>;
}

export interface SimulationResult {
  readonly seed: number;
  readonly setting: SettingName;
  /** What was broken; empty when every promise was kept. */
  readonly broken: readonly string[];
  readonly faults: readonly InjectedFault[];
  readonly events: number;
  readonly turns: number;
  readonly simulatedMs: number;
  /** Processes that were killed or lost their power, over all machines. */
  readonly deaths: number;
  /** How long after the last fault everything was published. */
  readonly recoveryMs: number;
  readonly trace: readonly string[];
}

const startMs = Date.UTC(2026, 10, 21, 12);
const minuteMs = 60_000;
/** Longer than any wait that an outage can leave behind, several times over. */
const patienceMs = 3 * 60 * minuteMs;
/** What comes twice comes soon; and the sink may be waiting for a minute to note what it published. */
const aftermathMs = 2 * minuteMs;
/** More than it takes to deliver what is here when nothing goes wrong. */
const restMs = 10_000;

/** Everything between a product and its SIEM, once, as the seed has it. Nothing else has a say. */
export async function runSimulation(options: SimulationOptions): Promise<SimulationResult> {
  const { seed } = options;
  const random = seededRandom(seed);
  const setting = options.setting ?? random.pick(settingNames);
  const scheduler = new Scheduler(seededRandom(seed + 1));
  const chaos = new Chaos(seed, () => scheduler.nowMs, options.without);
  const trace: string[] = [];
  const note = (line: string) => void trace.push(`${scheduler.nowMs} ${line}`);
  using _ = replaceMathRandom(seed);
  await using cast = await openCast({ scheduler, chaos, random, startMs, note }, seed, setting);
  const { broken, recoveryMs } = await play(cast, random.integer(1, 4) * minuteMs);
  return {
    seed,
    setting,
    broken,
    faults: chaos.injected,
    events: cast.product.acknowledged.length,
    turns: scheduler.turns,
    simulatedMs: scheduler.nowMs,
    deaths: cast.machines.reduce((sum, { lives }) => sum + lives - 1, 0),
    recoveryMs,
    trace,
  };
}

/** Bad weather for `stormMs`, then good until everything has arrived, or it is clear that it will not. */
async function play(cast: Cast, stormMs: number) {
  const { world, machines, product, outlet } = cast;
  const { scheduler } = world;
  for (const machine of machines) machine.start();
  product.start();
  void setClocks(world, machines, stormMs);
  void forget(world, cast.forgetful, cast.memories, stormMs);
  await scheduler.run(() => false, stormMs);
  world.chaos.end();
  world.note('nothing goes wrong any more');
  for (const machine of machines) machine.setClock(0);
  const isComplete = () => product.isDone && isDelivered(cast, scheduler.turns);
  const end = await scheduler.run(isComplete, stormMs + patienceMs);
  const recoveryMs = scheduler.nowMs - stormMs;
  if (end === 'done') {
    await scheduler.run(() => false, scheduler.nowMs + aftermathMs);
    // What the service has to say itself, such as that somebody logged in, may have come just now;
    // and a file that is visible may not be listed yet.
    do {
      await scheduler.run(isComplete, scheduler.nowMs + patienceMs);
      await scheduler.run(() => false, scheduler.nowMs + restMs);
    } while (!isDelivered(cast, 0) && scheduler.nowMs < stormMs + 2 * patienceMs);
  }
  for (const { life } of machines) life?.end();
  await nextTurn();
  const broken = await brokenPromises(cast);
  const isStuck = end !== 'done' && !(outlet.hasBrokenItsWord && broken.length === 0);
  const stuck = isStuck ? [`not everything was published within ${patienceMs} ms`] : [];
  return { broken: [...stuck, ...broken], recoveryMs };
}

/** Looked at now and then only: it reads everything. */
function isDelivered(cast: Cast, turns: number): boolean {
  const { product, collector, outlet, memories } = cast;
  if (turns % 20 !== 0) return false;
  const {
    disk: { storage },
    stream,
  } = collector;
  // Nothing at all, where disks that lied have lost everything at both ends.
  const collected = storage.streams.get(stream)?.headPosition ?? 0;
  const delivered = storage.deliveries.get(`${outlet.sinkName} ${stream}`)?.position ?? 0;
  if (delivered !== collected) return false;
  if (!outlet.isSettled) return false; // what is committed is not yet published
  const there = memories.collector.everyLine();
  const numbers = new Set(numbersOf(there));
  const missing = product.acknowledged.filter((number) => !numbers.has(number));
  // What the service has lost or dropped will not come any more; that it was dropped has to.
  const lost = new Set(numbersOf(memories.service.lost));
  const late = new Set(lateNumbers(cast));
  const left = new Set(numbersOf(memories.service.everyLine()));
  const dropped = missing.filter(
    (number) => !late.has(number) && (left.has(number) || !lost.has(number)),
  );
  if (dropped.length === 0) return true;
  const forgotten = new Set(numbersOf(memories.service.forgotten));
  return there.some(isGap) && dropped.every((number) => forgotten.has(number));
}

/** Waits between attempts are drawn by lot; here the seed draws it. */
function replaceMathRandom(seed: number): Disposable {
  const original = Math.random;
  const random = seededRandom(seed + 2);
  Math.random = () => random.integer(0, 2 ** 30) / (2 ** 30 + 1);
  return {
    [Symbol.dispose]: () => {
      Math.random = original;
    },
  };
}
