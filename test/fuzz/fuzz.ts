import { inspect } from 'node:util';
import { AppError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { mutated } from './mutate.ts';

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly input: Buffer;
  /** What was wrong, with its stack. */
  readonly what: string;
}

/** More work than this for one input (64 KiB at most) is a finding. */
const cpuMsMax = 1000;
/** Kept as seeds for further mutations: they were accepted, so they lead deeper. */
const poolMax = 200;

/** Reads inputs one after the other; the same seed makes the same ones. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #seed: number;
  readonly #pool: Buffer[];
  #tried = 0;

  constructor(target: FuzzTarget, seed: number) {
    this.#target = target;
    this.#seed = seed;
    this.#pool = [...target.seeds];
  }

  /** The next input. Its number and the seed decide what it is, given the inputs before it. */
  next(): Buffer {
    const { seeds, tokens } = this.#target;
    const random = seededRandom(Math.imul(this.#seed, 0x9e3779b1) + this.#tried);
    this.#tried += 1;
    const first = seeds[this.#tried - 1];
    return first ?? mutated(this.#pool, tokens, random);
  }

  async try(input: Buffer): Promise<Finding | undefined> {
    const { target, problem, outcome } = await tryInput(this.#target, input);
    if (problem === undefined) {
      if (outcome.kind === 'read' && this.#tried % 50 === 0) this.#keep(input);
      return undefined;
    }
    return { target: target.name, seed: this.#seed, input, what: problem };
  }

  #keep(input: Buffer): void {
    if (input.length > 4096) return;
    if (this.#pool.length < poolMax) this.#pool.push(input);
    else this.#pool[this.#target.seeds.length] = input;
  }
}

type Outcome =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Reads one input twice, with something else between. */
export async function tryInput(target: FuzzTarget, input: Buffer) {
  const [between = Buffer.alloc(0)] = target.seeds;
  try {
    const before = Buffer.from(input);
    const outcome = await readOnce(target, input);
    if (!before.equals(input)) return { target, outcome, problem: 'it changed its input' };
    await readOnce(target, between);
    const again = await readOnce(target, before);
    const [one, other] = [show(outcome), show(again)];
    const problem = one === other ? undefined : `first ${one}\nthen ${other}`;
    return { target, outcome, problem };
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const outcome: Outcome = { kind: 'refused', code: 'defect', message: '' };
    return { target, outcome, problem };
  }
}

async function readOnce(target: FuzzTarget, input: Buffer): Promise<Outcome> {
  const start = process.cpuUsage();
  const outcome = await outcomeOf(target, input);
  const { user, system } = process.cpuUsage(start);
  const cpuMs = (user + system) / 1000;
  if (cpuMs > cpuMsMax)
    throw new Error(`${input.length} bytes took ${Math.round(cpuMs)} ms of CPU`);
  return outcome;
}

async function outcomeOf(target: FuzzTarget, input: Buffer): Promise<Outcome> {
  try {
    return { kind: 'read', value: await target.read(input) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
}

function show(outcome: Outcome): string {
  return inspect(outcome, { depth: 6, maxStringLength: 20_000, maxArrayLength: 1000 });
}
