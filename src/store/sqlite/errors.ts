import { AppError, errorMessage, type ErrorCode } from '../../core/errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something to an operator. */
const codeByResult: Readonly<Record<number, ErrorCode>> = {
  1: 'store_corrupt', // SQLITE_ERROR: the statements are fixed, so only a damaged schema or header
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
/** What Node and the operating system say. */
const codeBySystemError: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'directory_unwritable',
  EDQUOT: 'disk_full',
  EEXIST: 'directory_unwritable', // a file stands where the directory should be
  ENOENT: 'directory_unwritable',
  ENOSPC: 'disk_full',
  ENOTDIR: 'directory_unwritable',
  EPERM: 'directory_unwritable',
  EROFS: 'directory_unwritable',
  ERR_OUT_OF_RANGE: 'store_corrupt', // a number that was never written: beyond 2^53
};
/** SQLITE_IOERR_SHMSIZE: the index of the log could not grow, which only a full disk causes. */
const sharedMemorySizeError = 4874;

/** What `error` of node:sqlite, or of the work around it, means; the message names `file`. */
export function toStoreError(error: unknown, file: string): AppError {
  if (error instanceof AppError) {
    if (error.code !== 'store_corrupt' || error.message.startsWith(file)) return error;
    return new AppError(error.code, `${file}: ${error.message}`, { cause: error.cause });
  }
  const code = codeOf(error) ?? 'internal';
  return new AppError(code, `${file}: ${errorMessage(error)}`, { cause: error });
}

function codeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') {
    if (error.errcode === sharedMemorySizeError) return 'disk_full';
    return codeByResult[error.errcode & 0xff];
  }
  const isSystemError = 'code' in error && typeof error.code === 'string';
  return isSystemError ? codeBySystemError[String(error.code)] : undefined;
}
