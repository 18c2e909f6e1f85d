import { runSimulation, type SimulationResult } from './run-simulation.ts';

/**
 * The same run with as few of its faults as still break a promise, found by leaving out ever smaller
 * parts of them; at most `runsMax` runs.
 */
export async function shrink(found: SimulationResult, runsMax: number): Promise<SimulationResult> {
  const { seed, setting } = found;
  let least = found;
  let without: ReadonlySet<string> = new Set();
  let runs = 0;
  for (let part = Math.ceil(found.faults.length / 2); part >= 1; part = Math.floor(part / 2)) {
    for (let from = 0; from < least.faults.length && runs < runsMax; runs++) {
      const leftOut = least.faults.slice(from, from + part).map(({ id }) => id);
      const fewer = new Set([...without, ...leftOut]);
      const again = await runSimulation({ seed, setting, without: fewer });
      // What is left out changes the course of things: other faults may come in its place.
      if (again.broken.length > 0 && again.faults.length < least.faults.length) {
        least = again;
        without = fewer;
      } else {
        from += part;
      }
    }
  }
  return least;
}
