import { AppError } from '../core/errors.ts';
import type { HttpAnswer } from '../lib/http-client.ts';
import { HttpFailure, type HttpFailureKind } from '../lib/http-client.ts';
import { RetryLater } from './source.ts';

/** When 429 comes without Retry-After; what Druva's own script waits. */
const rateLimitWaitMs = 60_000;
const retryAfterMaxMs = 24 * 3_600_000;
const excerptLength = 120;

const codeByFailure = {
  unreachable: 'source_unavailable',
  timed_out: 'source_unavailable',
  too_large: 'source_misbehaved',
  redirected: 'source_misbehaved',
} as const satisfies Record<HttpFailureKind, string>;

/** `error` as a source reports it: an `HttpFailure` by its kind, everything else as it is. */
export function sourceError(error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error;
  return new AppError(codeByFailure[error.kind], error.message, { cause: error });
}

/** The error behind an answer that is not the one asked for. `what` names the request. */
export function answerError(what: string, answer: HttpAnswer, nowMs: number): AppError {
  const { status } = answer;
  const message = `${what} answered ${describeAnswer(answer)}`;
  const waitMs = retryAfterMs(answer, nowMs);
  if (status === 429) {
    const cause = new RetryLater(waitMs ?? rateLimitWaitMs);
    return new AppError('source_unavailable', message, { cause });
  }
  if (status >= 500) {
    const cause = waitMs === undefined ? {} : { cause: new RetryLater(waitMs) };
    return new AppError('source_unavailable', message, cause);
  }
  if (status >= 400) return new AppError('source_refused', message);
  return new AppError('source_misbehaved', message);
}

/** Status, content type and first characters of an answer, for a person; without secrets. */
export function describeAnswer({ status, headers, body }: HttpAnswer): string {
  const type = headers.get('content-type')?.slice(0, 60) ?? 'no content type';
  return body.length === 0 ? `${status} (empty)` : `${status} (${type}): ${excerpt(body)}`;
}

/** Long unbroken runs are left out: what an error page echoes may be a credential. */
function excerpt(body: Buffer): string {
  const text = body
    .toString('utf8', 0, 4 * excerptLength)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .replaceAll(/[\w+/=.~-]{24,}/g, '…')
    .trim();
  return text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text;
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3); undefined when absent or neither. */
function retryAfterMs({ headers }: HttpAnswer, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 1000), retryAfterMaxMs);
}
