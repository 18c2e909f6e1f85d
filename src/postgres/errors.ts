import { AppError, errorMessage, type ErrorCode } from '../core/errors.ts';
import { explainNetworkError } from '../lib/explain-network-error.ts';

/** PostgreSQL's codes (Appendix A of its manual) after which the same work may succeed. */
const transientStates: ReadonlySet<string> = new Set([
  '25006', // read_only_sql_transaction: connected to what was the primary until now
  '25P03', // idle_in_transaction_session_timeout: this process stood still
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: the statement timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
]);
/** What the operating system says when a connection cannot be made or was cut. */
const transientSystemErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT', // ENOENT: the socket of a server that is starting
]);

/** Codes by what an operator can do about them; classes are the first two letters. */
const codeByState: Readonly<Record<string, ErrorCode>> = {
  '53100': 'disk_full',
  XX001: 'store_corrupt',
  XX002: 'store_corrupt',
};

/** True when nothing is wrong with the work itself: the connection or the moment was bad. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return isCut(error);
  return transientStates.has(code) || transientSystemErrors.has(code) || code.startsWith('08');
}

/** node-postgres says so without a code: a pool that has none free, and silence, are of it too. */
const cut = /connection|timeout expired|timeout exceeded|read timeout|not queryable/i;

function isCut(error: unknown): boolean {
  return error instanceof Error && cut.test(error.message);
}

/** What `error` of the driver, or of the work around it, means; the message names the database. */
export function toStoreError(error: unknown, address: string): AppError {
  if (error instanceof AppError) return error;
  const { text, needsOperator } = explainNetworkError(error, address);
  if (needsOperator) {
    const message = text.replaceAll('the receiver', 'the server');
    return new AppError('store_unavailable', message, { cause: error });
  }
  const message = `${address}: ${errorMessage(error)}`;
  return new AppError(meaningOf(error), message, { cause: error });
}

function meaningOf(error: unknown): ErrorCode {
  if (isTransient(error)) return 'store_unavailable';
  const code = codeOf(error) ?? '';
  if (code.startsWith('28') || code === '3D000' || code === '42501') return 'store_unavailable';
  if (code.startsWith('53')) return codeByState[code] ?? 'store_unavailable';
  const isSystemError = /^E[A-Z]+$/.test(code);
  return codeByState[code] ?? (isSystemError ? 'store_unavailable' : 'internal');
}

export function codeOf(error: unknown): string | undefined {
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : undefined;
}
