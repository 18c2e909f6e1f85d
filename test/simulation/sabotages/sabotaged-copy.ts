import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edit } from './sabotage.ts';

const root = join(import.meta.dirname, '../../..');
const copied = ['package.json', 'src', 'test/simulation', 'scripts/simulate.ts'];

/** A copy of what `scripts/simulate.ts` takes to run. */
export interface SabotagedCopy extends AsyncDisposable {
  readonly directory: string;
}

/** Throws when a text that is to be replaced does not stand exactly once where it should. */
export async function copySabotaged(edits: readonly Edit[]): Promise<SabotagedCopy> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-sabotage-'));
  try {
    for (const path of copied) {
      await cp(join(root, path), join(directory, path), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    for (const { file, from, to } of edits) {
      const path = join(directory, 'src', file);
      await writeFile(path, replaceOnce(await readFile(path, 'utf8'), from, to, file));
    }
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** Throws when one of the edits of a sabotage does not fit the program as it is. */
export async function assertFits(edits: readonly Edit[]): Promise<void> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const text = texts.get(file) ?? (await readFile(join(root, 'src', file), 'utf8'));
    texts.set(file, replaceOnce(text, from, to, file));
  }
}

function replaceOnce(text: string, from: string, to: string, file: string): string {
  const parts = text.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new Error(`expected once in src/${file}, found ${parts.length - 1} times: ${from}`);
}
