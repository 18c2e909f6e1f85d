import { AppError, errorMessage, type ErrorCode } from '../../core/errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something to an operator. */
const codeByResult: Readonly<Record<number, ErrorCode>> = {
  3: 'store_unavailable', // SQLITE_PERM
  5: 'store_unavailable', // SQLITE_BUSY: another process has been writing for too long
  6: 'store_unavailable', // SQLITE_LOCKED
  7: 'store_unavailable', // SQLITE_NOMEM
  8: 'store_unavailable', // SQLITE_READONLY
  10: 'store_unavailable', // SQLITE_IOERR
  11: 'store_corrupt', // SQLITE_CORRUPT
  13: 'disk_full', // SQLITE_FULL
  14: 'store_unavailable', // SQLITE_CANTOPEN
  15: 'store_unavailable', // SQLITE_PROTOCOL
  26: 'store_corrupt', // SQLITE_NOTADB
};
/** SQLITE_IOERR_SHMSIZE: the index of the log could not grow, which only a full disk causes. */
const sharedMemorySizeError = 4874;

/** What `error` of node:sqlite, or of the work around it, means; the message names `file`. */
export function toStoreError(error: unknown, file: string): AppError {
  if (error instanceof AppError) {
    if (error.code !== 'store_corrupt' || error.message.startsWith(file)) return error;
    return new AppError(error.code, `${file}: ${error.message}`, { cause: error.cause });
  }
  const result = resultCode(error);
  const code = result === sharedMemorySizeError ? 'disk_full' : codeByResult[(result ?? 0) & 0xff];
  return new AppError(code ?? 'internal', `${file}: ${errorMessage(error)}`, { cause: error });
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
