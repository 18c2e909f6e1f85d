import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { directoryContract } from './directory.ts';
import type { DirectoryPlace } from './directory/ground.ts';

directoryContract({ name: 'SQLite directory', newPlace: newFolder });

async function newFolder(): Promise<DirectoryPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-directory-'));
  return {
    open: (clock) => openDirectory({ folder, clock, log: { warn: failTest, error: failTest } }),
    async storedBytes() {
      const files = (await readdir(folder)).filter((file) => !file.startsWith('master.key'));
      return Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))));
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}

/** Nothing in the contract is worth an operator's attention. */
function failTest(fields: object, message: string): never {
  throw new Error(`${message}: ${JSON.stringify(fields)}`);
}
