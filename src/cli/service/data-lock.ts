import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, errorMessage } from '../../core/errors.ts';

const lockFile = 'run.lock';
/** Long enough that a `status` which looks at the lock at that moment is not taken for a process. */
const waitMs = 500;

/**
 * Makes this process the only one that runs on a data directory, which is created with mode 0700 if
 * need be. The lock is SQLite's own on a file, so the kernel drops it however the process ends.
 * Throws `store_locked` or `directory_unwritable`.
 */
export async function lockDataDirectory(directory: string): Promise<Disposable> {
  const path = join(directory, lockFile);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path, { timeout: waitMs });
    try {
      database.exec('begin exclusive');
    } catch (error) {
      database.close();
      throw error;
    }
    return { [Symbol.dispose]: () => database.close() };
  } catch (error) {
    throw isBusy(error) ? locked(directory) : unwritable(directory, error);
  }
}

/** Whether a process runs on the data directory at this moment. */
export function isDataDirectoryLocked(directory: string): boolean {
  try {
    const database = new DatabaseSync(join(directory, lockFile), { readOnly: true, timeout: 0 });
    try {
      database.exec('begin; select count(*) from sqlite_schema; rollback');
      return false;
    } finally {
      database.close();
    }
  } catch (error) {
    return isBusy(error);
  }
}

function isBusy(error: unknown): boolean {
  return /database is locked|SQLITE_BUSY/.test(errorMessage(error));
}

function locked(directory: string): AppError {
  return new AppError('store_locked', `another process runs on ${directory}`);
}

function unwritable(directory: string, cause: unknown): AppError {
  const message = `${directory} cannot be used as data directory: ${errorMessage(cause)}`;
  return new AppError('directory_unwritable', message, { cause });
}
