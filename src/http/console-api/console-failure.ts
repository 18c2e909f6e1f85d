import type { z } from 'zod';
import { AppError, errorCodes } from '../../core/errors.ts';
import { HttpError } from '../http-error.ts';
import type { ErrorBody } from '../http-error.ts';
import type { ConsoleFailure } from './api-types.ts';

/** Input that is not acceptable, by the name of the field: `allowedNetworks`, `redirectUrl`. */
export class InvalidFields extends HttpError {
  readonly fields: Readonly<Record<string, string>>;

  constructor(fields: Readonly<Record<string, string>>) {
    const problems = Object.entries(fields).map(([name, message]) => `${name} ${message}`);
    super('input_invalid', problems.join('; '), { problems });
    this.fields = fields;
  }
}

/** What `schema` makes of `value`. Throws `InvalidFields`. */
export function parseFields<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) {
    const name = path.length === 0 ? 'body' : path.join('.');
    fields[name.slice(0, 100)] ??= message;
  }
  throw new InvalidFields(fields);
}

/** The service's error body as the console is told it. */
export function toConsoleFailure(error: unknown, body: ErrorBody): ConsoleFailure {
  const { code, message, retryable } = body;
  return {
    code,
    message,
    retryable,
    ...(error instanceof AppError && code !== 'internal' ? { hint: errorCodes[code].hint } : {}),
    ...(error instanceof InvalidFields ? { fields: error.fields } : {}),
  };
}
