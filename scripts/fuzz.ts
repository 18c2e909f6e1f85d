/**
 * Gives every parser that reads what strangers write mutations of what it knows; see docs/SECURITY.md.
 *
 *   npm run fuzz -- --seconds 300          all targets, five minutes together
 *   npm run fuzz -- --target cef           targets whose name holds this; may be given again
 *   npm run fuzz -- --seed 4711            where chance begins; without it somewhere else each time
 *   npm run fuzz -- --target cef --input FILE   one input again, such as a finding's
 *   npm run fuzz -- --list                 the names of the targets
 *
 * Ends with 1 when something was found. An input is a finding when a parser throws anything but a
 * refusal, changes its mind, breaks what is said of its results, or does not end.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { progress } from '@clack/prompts';
import { Fuzzer, tryInput, type Finding } from '../test/fuzz/fuzz.ts';
import { inputBytesMax } from '../test/fuzz/mutate.ts';
import { fuzzTargets } from '../test/fuzz/targets.ts';

const findingsMax = 20;
/** An input that is not done by then hangs: a parser is in an endless loop, or as good as. */
const hangMs = 30_000;
const reportEveryMs = 500;

/** What the worker is at, where it can be seen even while it hangs: length of its input, inputs so far. */
const [lengthAt, countAt, headBytes] = [0, 1, 8];

interface Order {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  readonly shared: SharedArrayBuffer;
}

if (isMainThread) await main();
else await work();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      target: { type: 'string', multiple: true, default: [''] },
      seed: { type: 'string', default: String(Date.now() % 2 ** 30) },
      input: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const names = fuzzTargets
    .map(({ name }) => name)
    .filter((name) => values.target.some((part) => name.includes(part)));
  if (names.length === 0) usageError('--target must be part of a name that --list shows');
  if (values.list) console.log(names.join('\n'));
  else if (values.input !== undefined) await repeat(names, readFileSync(values.input));
  else await fuzzAll(names, number('--seed', values.seed), number('--seconds', values.seconds));
}

async function fuzzAll(names: readonly string[], seed: number, seconds: number): Promise<void> {
  console.error(`fuzzing ${names.length} targets for ${seconds} s, seed ${seed}`);
  const bar = process.stderr.isTTY
    ? progress({ max: names.length, output: process.stderr })
    : undefined;
  bar?.start('fuzzing');
  let total = 0;
  const found: string[] = [];
  for (const target of names) {
    const shared = new SharedArrayBuffer(headBytes + inputBytesMax);
    const order = { target, seed, seconds: seconds / names.length, shared };
    // eslint-disable-next-line no-await-in-loop -- one after the other, so that time can be told
    const { inputs, findings } = await fuzzOne(order, (count) =>
      bar?.message(`${target}: ${count}`),
    );
    total += inputs;
    found.push(...findings.map(describe));
    bar?.advance(1, `${total} inputs, ${found.length} findings`);
    if (bar === undefined)
      console.error(`${target}: ${inputs} inputs, ${findings.length} findings`);
  }
  bar?.stop(`${total} inputs`);
  console.log(`${total} inputs, ${found.length} findings`);
  for (const text of found) console.log(`\n${text}`);
  if (found.length > 0) process.exitCode = 1;
}

/** In a thread of its own, which is ended when it hangs. */
async function fuzzOne(order: Order, onProgress: (inputs: number) => void) {
  const { target, seed, shared } = order;
  const state = new Int32Array(shared, 0, 2);
  const findings = new Map<string, Finding>();
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  worker.on('message', (finding: Finding) => {
    findings.set(kindOf(finding), { ...finding, input: Buffer.from(finding.input) });
  });
  const ended = Promise.withResolvers<void>();
  worker.on('exit', () => ended.resolve());
  worker.on('error', (error) => ended.reject(error));
  let [seen, seenAtMs] = [-1, performance.now()];
  const timer = setInterval(() => {
    const count = Atomics.load(state, countAt);
    onProgress(count);
    const nowMs = performance.now();
    if (count !== seen) [seen, seenAtMs] = [count, nowMs];
    if (nowMs - seenAtMs < hangMs) return;
    const input = Buffer.from(new Uint8Array(shared, headBytes, Atomics.load(state, lengthAt)));
    const what = `not done after ${hangMs} ms`;
    findings.set(what, { target, seed, input, what });
    void worker.terminate();
  }, reportEveryMs);
  try {
    await ended.promise;
  } finally {
    clearInterval(timer);
  }
  return { inputs: Atomics.load(state, countAt), findings: [...findings.values()] };
}

async function work(): Promise<void> {
  const { target: name, seed, seconds, shared }: Order = workerData;
  const target = fuzzTargets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const state = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, headBytes);
  const fuzzer = new Fuzzer(target, seed);
  const kinds = new Set<string>();
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs && kinds.size < findingsMax) {
    const input = fuzzer.next();
    bytes.set(input.subarray(0, inputBytesMax));
    Atomics.store(state, lengthAt, Math.min(input.length, inputBytesMax));
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const finding = await fuzzer.try(input);
    Atomics.add(state, countAt, 1);
    if (finding === undefined || kinds.has(kindOf(finding))) continue;
    kinds.add(kindOf(finding));
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    parentPort?.postMessage(finding);
  }
  await target.close?.();
}

async function repeat(names: readonly string[], input: Buffer): Promise<void> {
  for (const target of fuzzTargets.filter(({ name }) => names.includes(name))) {
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const { problem, outcome } = await tryInput(target, input);
    console.log(`${target.name}: ${problem ?? JSON.stringify(outcome).slice(0, 2000)}`);
    if (problem !== undefined) process.exitCode = 1;
    // eslint-disable-next-line no-await-in-loop -- likewise
    await target.close?.();
  }
}

/** What it is and where it happened, without what it says of the input. */
function kindOf({ what }: Pick<Finding, 'what'>): string {
  const [first = '', ...rest] = what.split('\n');
  const places = rest.filter((line) => line.startsWith('    at ')).slice(0, 3);
  return `${first.split(':', 1).join()} ${places.join()}`;
}

/** Keeps the input in a file, and says how to give it to the parser again. */
function describe({ target, seed, input, what }: Finding): string {
  const directory = join(tmpdir(), 'tailrace-fuzz');
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = join(directory, `${target}-${digest}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, input);
  const excerpt = JSON.stringify(input.toString('latin1').slice(0, 300));
  return [
    `${target}, seed ${seed}: ${what.split('\n').slice(0, 8).join('\n')}`,
    `input, ${input.length} bytes: ${excerpt}`,
    `again: npm run fuzz -- --target ${target} --input ${file}`,
  ].join('\n');
}

function number(name: string, text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : usageError(`${name} must be a number`);
}

function usageError(message: string): never {
  console.error(`error: ${message}`);
  return process.exit(2);
}
