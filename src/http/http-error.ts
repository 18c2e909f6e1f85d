import { AppError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';

export type ErrorStatus =
  400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 431 | 500 | 503;

/** The status a failure is answered with; what is not here is a defect or none of the client's business. */
const statusByCode: Partial<Record<ErrorCode, ErrorStatus>> = {
  input_invalid: 400,
  name_invalid: 400,
  line_invalid: 400,
  cursor_expired: 400,
  cursor_invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  already_exists: 409,
  too_large: 413,
  rate_limited: 429,
  overloaded: 503,
  store_unavailable: 503,
  store_locked: 503,
  disk_full: 503,
};

/** A refusal whose status or headers its code alone does not say. */
export class HttpError extends AppError {
  readonly status: ErrorStatus;
  readonly headers: Readonly<Record<string, string>>;
  /** Everything that is wrong, where the message is all of it in one. */
  readonly problems: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    answer: {
      status?: ErrorStatus;
      headers?: Readonly<Record<string, string>>;
      problems?: readonly string[];
    } = {},
  ) {
    super(code, message);
    this.status = answer.status ?? statusByCode[code] ?? 500;
    this.headers = answer.headers ?? {};
    this.problems = answer.problems ?? [message];
  }
}

/** What a failure looks like to the client. */
export interface ErrorAnswer {
  readonly status: ErrorStatus;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** The envelope of Events API v2's errors, used for every error of the service. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, string>>;
}

/** Seconds a client is asked to wait, unless it is known better: for its turn, or for room. */
const retryAfterSeconds: Partial<Record<ErrorStatus, string>> = { 429: '60', 503: '5' };

/** The answer to whatever was thrown. Says nothing about defects: those are for the log. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  const known = error instanceof AppError ? error : undefined;
  const status = known instanceof HttpError ? known.status : statusOf(known);
  if (known === undefined || status === 500) return internalAnswer(requestId);
  const seconds = retryAfterSeconds[status];
  const headers = {
    ...(seconds !== undefined && { 'retry-after': seconds }),
    ...(known instanceof HttpError && known.headers),
  };
  const { code, message, retryable } = known;
  return { status, headers, body: { code, message, retryable, data: {} } };
}

function statusOf(error: AppError | undefined): ErrorStatus {
  return error === undefined ? 500 : (statusByCode[error.code] ?? 500);
}

function internalAnswer(requestId: string): ErrorAnswer {
  const message = 'Internal server error. Try again later.';
  return {
    status: 500,
    headers: {},
    body: { code: 'internal', message, retryable: true, data: { requestId } },
  };
}
