import { AppError } from '../core/errors.ts';
import type { HttpAnswer } from '../lib/http-client.ts';
import { HttpFailure, type HttpFailureKind } from '../lib/http-client.ts';
import { describeAnswer, retryAfterMs } from '../wire/answers.ts';

/** When 429 comes without Retry-After; what Druva's own script waits. */
const rateLimitWaitMs = 60_000;

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
  if (status === 429 || status >= 500) {
    const waitMs = retryAfterMs(answer, nowMs);
    return new AppError('source_unavailable', message, {
      retryAfterMs: status === 429 ? (waitMs ?? rateLimitWaitMs) : waitMs,
    });
  }
  if (status >= 400) return new AppError('source_refused', message);
  return new AppError('source_misbehaved', message);
}
