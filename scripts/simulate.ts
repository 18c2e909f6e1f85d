/**
 * Simulates the whole pipeline under faults, seed by seed; see docs/RELIABILITY.md.
 *
 *   npm run simulate -- --seeds 2000          seeds 1 to 2000
 *   npm run simulate -- --seeds 500 --from 1  where to begin; without it at a new place each time
 *   npm run simulate -- --seed 4711 --trace   one seed, with everything that happened in it
 *   --setting NAME   one way through the pipeline only
 *   --first          ends at the first seed that fails, and prints only its number
 *   --jobs N         processes at work at one time; as many as there are processors
 *
 * Ends with 1 when a promise was broken, and says how to repeat it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { progress } from '@clack/prompts';
import { describeFailure, SimulationTally } from '../test/simulation/report.ts';
import type { SimulationSummary } from '../test/simulation/report.ts';
import { runSimulation } from '../test/simulation/run-simulation.ts';
import { settingNames } from '../test/simulation/settings.ts';
import { shrink } from '../test/simulation/shrink.ts';

const shrinkRunsMax = 150;
const failuresShown = 5;
/** Handed to a worker at one time. */
const seedsPerOrder = 8;

interface Order {
  readonly seeds: readonly number[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    setting: { type: 'string' },
    first: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});
const setting = settingNames.find((name) => name === values.setting);
if (values.setting !== undefined && setting === undefined) {
  console.error(`error: --setting must be one of ${settingNames.join(' | ')}`);
  process.exit(2);
}

if (process.send !== undefined) work();
else if (values.seed !== undefined) await showOne(wholeNumber('--seed', values.seed));
else await runMany();

function optionsOf(seed: number) {
  return { seed, ...(setting === undefined ? {} : { setting }) };
}

async function showOne(seed: number): Promise<void> {
  const result = await runSimulation(optionsOf(seed));
  if (values.trace) console.log(result.trace.join('\n'));
  const tally = new SimulationTally();
  tally.add(result);
  console.log(tally.text());
  if (result.broken.length > 0) await fail(seed);
}

async function runMany(): Promise<void> {
  const seeds = wholeNumber('--seeds', values.seeds);
  const jobs = Math.min(wholeNumber('--jobs', values.jobs), seeds);
  const from =
    values.from === undefined ? Date.now() % 2 ** 30 : wholeNumber('--from', values.from);
  console.error(`simulating seeds ${from} to ${from + seeds - 1}`);
  const bar = process.stderr.isTTY ? progress({ max: seeds, output: process.stderr }) : undefined;
  bar?.start('simulating');
  const tally = new SimulationTally();
  const failed: number[] = [];
  const left = Array.from({ length: seeds }, (_, index) => from + index);
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: jobs }, () =>
      employ(left, (result) => {
        tally.add(result);
        if (result.broken.length > 0) failed.push(result.seed);
        if (values.first && failed.length > 0) left.length = 0;
        bar?.advance(1, `${tally.runs} runs, ${tally.failed} failed, ${tally.events} events`);
      }),
    ),
  );
  bar?.stop(`${tally.runs} runs`);
  if (values.first) {
    if (failed.length === 0) return;
    console.log(Math.min(...failed));
    process.exit(1);
  }
  console.log(tally.text());
  console.log(`in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  for (const seed of failed.slice(0, failuresShown)) await fail(seed);
}

/** A process of its own that simulates until no seeds are left. */
async function employ(
  left: number[],
  onResult: (result: SimulationSummary) => void,
): Promise<void> {
  const worker = fork(import.meta.filename, process.argv.slice(2));
  const ended = once(worker, 'exit');
  let pending = 0;
  const order = () => {
    const seeds = left.splice(0, seedsPerOrder);
    pending = seeds.length;
    if (seeds.length === 0) worker.disconnect();
    else worker.send({ seeds } satisfies Order);
  };
  worker.on('message', (result: SimulationSummary) => {
    onResult(result);
    pending -= 1;
    if (pending === 0) order();
  });
  order();
  const [code]: unknown[] = await ended;
  if (code !== 0) throw new Error(`a simulating process ended with ${String(code)}`);
}

function work(): void {
  process.on('message', (order: Order) => void obey(order));
}

async function obey({ seeds }: Order): Promise<void> {
  for (const seed of seeds) {
    const { trace: _, ...summary } = await runSimulation(optionsOf(seed));
    process.send?.(summary);
  }
}

async function fail(seed: number): Promise<void> {
  process.exitCode = 1;
  const result = await runSimulation(optionsOf(seed));
  console.error(describeFailure(result, await shrink(result, shrinkRunsMax)));
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`error: ${name} must be a whole number, got ${text}`);
  return process.exit(2);
}
