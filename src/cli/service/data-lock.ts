import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, errorMessage } from '../../core/errors.ts';
import { isFileLocked, lockFile } from '../../lib/file-lock.ts';

const lockName = 'run.lock';
/** Long enough that a `status` which looks at the lock at that moment is not taken for a process. */
const waitMs = 500;

/**
 * Makes this process the only one that runs on a data directory, which is created with mode 0700 if
 * need be. The lock is SQLite's own on a file, so the kernel drops it however the process ends.
 * Throws `store_locked` or `directory_unwritable`.
 */
export async function lockDataDirectory(directory: string): Promise<Disposable> {
  const path = join(directory, lockName);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const lock = lockFile(path, waitMs);
    if (lock !== undefined) return lock;
  } catch (error) {
    throw unwritable(directory, error);
  }
  throw locked(directory);
}

/** Whether a process runs on the data directory at this moment. */
export function isDataDirectoryLocked(directory: string): boolean {
  return isFileLocked(join(directory, lockName));
}

function locked(directory: string): AppError {
  return new AppError('store_locked', `another process runs on ${directory}`);
}

function unwritable(directory: string, cause: unknown): AppError {
  const message = `${directory} cannot be used as data directory: ${errorMessage(cause)}`;
  return new AppError('directory_unwritable', message, { cause });
}
