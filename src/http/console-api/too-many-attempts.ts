import { HttpError } from '../http-error.ts';

/** The answer to who guesses; says how long to wait. */
export function tooManyAttempts(waitMs: number): HttpError {
  const seconds = String(Math.ceil(waitMs / 1000));
  return new HttpError('rate_limited', `too many attempts; try again in ${seconds} s`, {
    headers: { 'retry-after': seconds },
  });
}
