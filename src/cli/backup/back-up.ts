import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, errorMessage } from '../../core/errors.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { copySqliteFile } from '../../lib/copy-sqlite-file.ts';
import { localDisk } from '../../lib/disk.ts';
import { storeFileName } from '../../store/sqlite/options.ts';
import { HintedError } from '../report-error.ts';
import { version } from '../version.ts';

/**
 * What a backup is of, in this order: a tenant that comes into being meanwhile is then there without
 * events, and never the other way round. A collector has no tenants.
 */
const databases = [
  { file: storeFileName, isOptional: false },
  { file: 'directory.sqlite', isOptional: true },
] as const;

/** Written last: a directory without it is no whole backup. */
const summaryFile = 'backup.json';

export interface BackupSummary {
  readonly version: string;
  readonly madeAt: string;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
}

/**
 * Copies the databases of a data directory, each as it is at one moment, into a new or empty
 * directory, whoever is at work on them. Durable when it resolves. The master key is not copied.
 */
export async function backUp(
  from: string,
  to: string,
  nowMs: number,
  onProgress: (file: string, done: number, total: number) => void,
  signal: AbortSignal,
): Promise<BackupSummary> {
  await makeEmpty(to);
  const files: BackupSummary['files'][number][] = [];
  for (const { file, isOptional } of databases) {
    const source = join(from, file);
    if (isOptional && !(await isThere(source))) continue;
    const target = join(to, file);
    await copy(source, target, (done, total) => onProgress(file, done, total), signal);
    files.push({ name: file, sizeBytes: (await stat(target)).size });
  }
  const summary = { version, madeAt: new Date(nowMs).toISOString(), files };
  await writeFileAtomically(
    join(to, summaryFile),
    `${JSON.stringify(summary, undefined, 2)}\n`,
    0o600,
  );
  await localDisk.syncDirectory(to);
  return summary;
}

async function makeEmpty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [found] = await readdir(directory);
  if (found === undefined) return;
  throw new HintedError(
    'already_exists',
    `${directory} is not empty: there is ${found}`,
    'name a new directory for each backup',
  );
}

async function copy(
  from: string,
  to: string,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await copySqliteFile(from, to, onProgress, signal);
  } catch (error) {
    signal.throwIfAborted();
    const message = `${from} cannot be copied to ${to}: ${errorMessage(error)}`;
    throw new AppError('store_unavailable', message, { cause: error });
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
