import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from './build-program.ts';
import type { Bundle } from './bundle.ts';

export interface InstalledProgram extends AsyncDisposable {
  /** What the `tailrace` command runs. */
  readonly main: string;
  readonly folder: string;
  readonly bundle: Bundle;
}

/** Builds the program into a temporary folder, as if npm had installed it there. */
export async function installProgram(): Promise<InstalledProgram> {
  const root = await mkdtemp(join(tmpdir(), 'tailrace-installed-'));
  const folder = join(root, 'node_modules/tailrace');
  const bundle = await buildProgram(folder);
  return {
    main: join(folder, 'cli/main.js'),
    folder,
    bundle,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}
