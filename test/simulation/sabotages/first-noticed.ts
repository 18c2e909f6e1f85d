import { execFile } from 'node:child_process';
import { runSimulation } from '../run-simulation.ts';
import type { SettingName } from '../settings.ts';
import { copySabotaged } from './sabotaged-copy.ts';
import type { Sabotage } from './sabotage.ts';

/** A defect may send the program round in circles. */
const hangMs = 15 * 60_000;

/**
 * The first seed, counted from 1, in which the simulation of a sabotaged program breaks a promise;
 * undefined when none of so many does. Throws when the simulation itself cannot be carried out.
 */
export async function firstNoticed(
  { what, edits, setting }: Sabotage,
  seeds: number,
): Promise<number | undefined> {
  await using copy = await copySabotaged(edits);
  const flags = ['--first', '--jobs', '1', '--from', '1', '--seeds', String(seeds)];
  if (setting !== undefined) flags.push('--setting', setting);
  const { code, stdout, stderr } = await run(copy.directory, ['scripts/simulate.ts', ...flags]);
  if (code === 0) return undefined;
  if (code === 1 && /^\d+\n$/.test(stdout)) return await ofSabotage(Number(stdout), setting);
  throw new Error(`${what}: the simulation ended with ${code}: ${stderr.slice(-2000)}`);
}

/** Throws when the program as it is breaks a promise in that seed too. */
async function ofSabotage(seed: number, setting: SettingName | undefined): Promise<number> {
  const { broken } = await runSimulation({ seed, ...(setting === undefined ? {} : { setting }) });
  if (broken.length === 0) return seed;
  throw new Error(`seed ${seed} fails without any sabotage: ${broken.join('; ')}`);
}

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: hangMs }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal ?? 'no code') : 0, stdout, stderr });
    });
  });
}
