import { AppError, errorMessage, type ErrorCode } from '../../core/errors.ts';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  ENOENT: 'directory_unwritable',
  ENOTDIR: 'directory_unwritable',
  EACCES: 'directory_unwritable',
  EPERM: 'directory_unwritable',
  EROFS: 'directory_unwritable',
};

/** Says what went wrong with the disk in this program's terms: which act, on which path. */
export function diskError(error: unknown, act: string, path: string): AppError {
  if (error instanceof AppError) return error;
  const code = systemCode(error);
  return new AppError(
    codes[code] ?? 'sink_unavailable',
    `cannot ${act} ${path}: ${code || errorMessage(error)}`,
    { cause: error },
  );
}

/** `ENOSPC` and the like; empty for errors that are not the system's, such as `ERR_SQLITE_ERROR`. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && !code.startsWith('ERR_') ? code : '';
}
