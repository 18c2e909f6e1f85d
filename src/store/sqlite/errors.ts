import { AppError, errorMessage, type ErrorCode } from '../../core/errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something to an operator. */
const codeByResult: Readonly<Record<number, ErrorCode>> = {
  11: 'store_corrupt', // SQLITE_CORRUPT
  13: 'disk_full', // SQLITE_FULL
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
  if (result === undefined) {
    return new AppError('internal', `${file}: ${errorMessage(error)}`, { cause: error });
  }
  const code = result === sharedMemorySizeError ? 'disk_full' : codeByResult[result & 0xff];
  return new AppError(code ?? 'store_unavailable', `${file}: ${errorMessage(error)}`, {
    cause: error,
  });
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
