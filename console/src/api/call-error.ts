import type { ConsoleFailure } from '../../../src/http/console-api/api-types.ts';

/** A call that did not succeed. `status` 0: the service did not answer. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: number;
  readonly failure: ConsoleFailure;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, failure: ConsoleFailure, retryAfterMs?: number) {
    super(failure.message);
    this.status = status;
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

/** For a person, whatever was thrown. */
export function errorSentence(error: unknown): string {
  if (error instanceof CallError) {
    const { message, hint } = error.failure;
    // The hints of refusals speak to who runs the command line.
    const isRefusal = error.status >= 400 && error.status < 500;
    return hint === undefined || isRefusal
      ? sentence(message)
      : `${sentence(message)} ${sentence(hint)}`;
  }
  return error instanceof Error ? error.message : 'Something went wrong.';
}

/** The service's messages are clauses. */
function sentence(clause: string): string {
  const ended = /[.!?…]$/.test(clause) ? clause : `${clause}.`;
  return ended.slice(0, 1).toUpperCase() + ended.slice(1);
}

/** Which fields of a form the service refused, and why. */
export function refusedFields(error: unknown): Readonly<Record<string, string>> {
  const fields = error instanceof CallError ? (error.failure.fields ?? {}) : {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, reason]) => [name, sentence(reason)]),
  );
}

export function isCallStatus(error: unknown, status: number): boolean {
  return error instanceof CallError && error.status === status;
}
