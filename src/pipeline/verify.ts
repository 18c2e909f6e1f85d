import { opendir, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AppError, errorMessage } from '../core/errors.ts';
import { extraManifestDirectory } from '../core/manifest.ts';
import { ManifestCheck } from './manifest-check.ts';
import type { Verification } from './verification.ts';
import { VerificationTally } from './verification-tally.ts';

export interface VerifyOptions {
  /** Default: every `.tailrace/SINK/manifest.jsonl` in the directory. */
  readonly manifests?: readonly string[];
  /** A published file that is gone counts as taken by the watcher, and not as a problem. */
  readonly allowTaken?: boolean;
  /** Called after every entry. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  /** Of the manifests; how far it is. */
  readonly readBytes: number;
  readonly totalBytes: number;
  readonly entries: number;
  readonly events: number;
}

const manifestHint = {
  hint: 'Name the directory that a file sink publishes into, or its manifest with --manifest.',
};

/**
 * Reads every published file once and proves by the manifests that nothing is missing, doubled,
 * reordered, truncated or altered, and that positions run on over the files of each stream. Memory
 * does not grow with events or bytes; it does with the number of files in the directory. May run
 * while files are being published. Rejects with `not_found` without directory or manifest.
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<Verification> {
  const unlisted = await visibleFiles(directory);
  const deliveries = options.manifests ?? (await manifestsIn(directory));
  const paths = [...deliveries, ...(await Promise.all(deliveries.map(extraManifests))).flat()];
  const sizes = await Promise.all(paths.map(manifestSize));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const tally = new VerificationTally();
  const allowTaken = options.allowTaken ?? false;
  const checks = paths.map((path) => new ManifestCheck(path, directory, allowTaken, tally));
  // The second turn sees entries of files that became visible just before the directory was listed.
  for (const check of [...checks, ...checks]) {
    for await (const file of check.readOn(signal)) {
      unlisted.delete(file);
      const readBytes = checks.reduce((sum, { readBytes: bytes }) => sum + bytes, 0);
      options.onProgress?.({ readBytes, totalBytes, entries: tally.entries, events: tally.events });
    }
  }
  for (const check of checks) await check.finish();
  reportUnlisted(directory, unlisted, checks, tally);
  return tally.verification();
}

/** A watcher takes in whatever looks like a published file. */
function reportUnlisted(
  directory: string,
  unlisted: ReadonlySet<string>,
  checks: readonly ManifestCheck[],
  tally: VerificationTally,
): void {
  for (const name of unlisted) {
    if (!checks.some(({ extensions }) => extensions.has(extname(name)))) continue;
    tally.addProblem({
      kind: 'file_unknown',
      file: join(directory, name),
      line: undefined,
      expected: 'only files that a manifest lists',
      found: 'one that none lists',
    });
  }
}

async function visibleFiles(directory: string): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    for await (const entry of await opendir(directory)) {
      if (!entry.isDirectory() && !entry.name.startsWith('.')) names.add(entry.name);
    }
  } catch (error) {
    const hint = 'Name the directory that a file sink publishes into, and let this user read it.';
    throw new AppError('not_found', `cannot list ${directory}: ${errorMessage(error)}`, { hint });
  }
  return names;
}

async function manifestsIn(directory: string): Promise<readonly string[]> {
  const staging = join(directory, '.tailrace');
  const paths: string[] = [];
  const entries = await opendir(staging).catch(() => []);
  for await (const { name } of entries) {
    const path = join(staging, name, 'manifest.jsonl');
    if (await stat(path).catch(() => undefined)) paths.push(path);
  }
  if (paths.length === 0) {
    throw new AppError('not_found', `no manifest in ${staging}/SINK/manifest.jsonl`, manifestHint);
  }
  return paths.toSorted();
}

/** The manifests of replays and tests that belong to a manifest of deliveries. */
async function extraManifests(manifestPath: string): Promise<readonly string[]> {
  const directory = extraManifestDirectory(manifestPath);
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(directory, name))
    .toSorted();
}

async function manifestSize(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new AppError('not_found', `no manifest ${path}`, manifestHint);
  return found.size;
}
