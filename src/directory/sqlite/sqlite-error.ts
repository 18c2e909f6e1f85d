import { AppError, errorMessage } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that are not defects of this program. */
const meanings: Readonly<Record<number, Meaning>> = {
  5: { code: 'store_unavailable', what: 'is locked by another process' },
  6: { code: 'store_unavailable', what: 'is locked by another connection' },
  8: { code: 'directory_unwritable', what: 'must not be written to' },
  10: { code: 'store_unavailable', what: 'cannot be read or written' },
  11: { code: 'store_corrupt', what: 'is damaged' },
  13: { code: 'disk_full', what: 'cannot grow' },
  14: { code: 'directory_unwritable', what: 'cannot be opened' },
  26: { code: 'store_corrupt', what: 'is not a database' },
};

const busy: ReadonlySet<number> = new Set([5, 6]);

/** What `error`, thrown by `node:sqlite` over `file`, means; anything else comes back as it is. */
export function meaningOfSqliteError(error: unknown, file: string): unknown {
  const meaning = meanings[primaryResultCode(error) ?? 0];
  if (meaning === undefined) return error;
  const message = `${file} ${meaning.what}: ${errorMessage(error)}`;
  return new AppError(meaning.code, message, { cause: error });
}

/** Whether somebody else holds the lock that was wanted. */
export function isBusy(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return busy.has(primaryResultCode(cause) ?? 0);
}

function primaryResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
