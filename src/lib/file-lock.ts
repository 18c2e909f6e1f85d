import { DatabaseSync } from 'node:sqlite';

/**
 * Takes a file, which is made when it is missing, for the caller alone; undefined when somebody else
 * has it after `waitMs`. The lock is SQLite's own, so the kernel drops it however the process ends.
 * Throws what SQLite throws when the file cannot be made or locked.
 */
export function lockFile(path: string, waitMs: number): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: waitMs });
  try {
    database.exec('begin exclusive');
    return { [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** Whether somebody has the file at this moment; looking disturbs nobody. */
export function isFileLocked(path: string): boolean {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
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

/** SQLITE_BUSY (sqlite.org/rescode.html), also in its extended forms. */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' && (code & 0xff) === 5;
}
