import { faultKinds } from './chaos.ts';
import type { SimulationResult } from './run-simulation.ts';

const traceTail = 40;

/** A failed run for a person: how to repeat it, what broke, which faults it took, how it ended. */
export function describeFailure(found: SimulationResult, least: SimulationResult): string {
  return [
    `seed ${found.seed} (${found.setting}) breaks promises of docs/SPEC.md:`,
    ...found.broken.map((line) => `  ${line}`),
    `with ${least.faults.length} of its ${found.faults.length} faults:`,
    ...least.faults.map(({ atMs, id, where }) => `  ${atMs} ms  ${id}  (${where})`),
    ...(least === found ? [] : least.broken.map((line) => `  then ${line}`)),
    `the last ${traceTail} of ${least.trace.length} steps:`,
    ...least.trace.slice(-traceTail).map((line) => `  ${line}`),
    `repeat it with: npm run simulate -- --seed ${found.seed} --trace`,
  ].join('\n');
}

/** What many runs came to. */
export class SimulationTally {
  readonly #faults = new Map<string, number>();
  readonly #recoveriesMs: number[] = [];
  runs = 0;
  failed = 0;
  events = 0;
  turns = 0;
  deaths = 0;
  simulatedMs = 0;

  add(result: SimulationSummary): void {
    this.runs += 1;
    if (result.broken.length > 0) this.failed += 1;
    this.events += result.events;
    this.turns += result.turns;
    this.deaths += result.deaths;
    this.simulatedMs += result.simulatedMs;
    this.#recoveriesMs.push(result.recoveryMs);
    for (const { kind } of result.faults) {
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
    }
  }

  text(): string {
    const faults = [...this.#faults.values()].reduce((sum, count) => sum + count, 0);
    const hours = (this.simulatedMs / 3_600_000).toFixed(1);
    const recovery = [50, 99].map((share) => `p${share} ${this.#recoveryS(share)} s`).join(', ');
    return [
      `${this.runs} runs, ${this.failed} failed`,
      `${this.events} events, ${this.turns} steps, ${hours} simulated hours`,
      `${this.deaths} processes died`,
      `from the last fault until everything is delivered: ${recovery} (simulated)`,
      `${faults} faults:`,
      ...Object.keys(faultKinds).map(
        (kind) => `  ${String(this.#faults.get(kind) ?? 0).padStart(8)}  ${kind}`,
      ),
    ].join('\n');
  }

  #recoveryS(share: number): string {
    const sorted = this.#recoveriesMs.toSorted((a, b) => a - b);
    const index = Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100));
    return ((sorted[index] ?? 0) / 1000).toFixed(1);
  }
}

/** A result without its trace, as it travels between processes. */
export type SimulationSummary = Omit<SimulationResult, 'trace'>;
