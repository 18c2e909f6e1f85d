import { z } from '@hono/zod-openapi';
import { AppError } from '../core/errors.ts';
import { formats, vendorFormats } from '../encode/encoder.ts';
import type { Format, VendorFormat } from '../encode/encoder.ts';

/** A query parameter that is a whole number, with a message that says what came. */
export function integerParameter(name: string, min: number, max: number) {
  const message = (issue: { readonly input?: unknown }): string =>
    `${name} must be ${min} to ${max}, got ${shown(issue.input)}`;
  return z
    .string({ error: message })
    .refine((text) => /^\d{1,16}$/.test(text) && isWithin(Number(text), min, max), {
      error: message,
    })
    .transform(Number)
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

/** `format=` of the vendor's APIs, in whichever case: the documents write `CEF` and `Syslog`. */
export const formatParameter = formatOf<VendorFormat>(vendorFormats, ['CEF', 'Syslog', 'JSON']);

/** `format=` where common schemas are known too. */
export const anyFormatParameter = formatOf<Format>(formats, [
  'CEF',
  'Syslog',
  'JSON',
  'ECS',
  'OCSF',
]);

function formatOf<F extends Format>(known: readonly F[], names: readonly string[]) {
  const wanted = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return z
    .string()
    .transform((text, context): F => {
      const format = known.find((candidate) => candidate === text.toLowerCase());
      if (format !== undefined) return format;
      context.addIssue({
        code: 'custom',
        message: `format must be ${wanted}, got ${shown(text)}`,
      });
      return z.NEVER;
    })
    .openapi({ type: 'string', enum: [...names] });
}

/** The parameters of a request by a schema. Throws `input_invalid` with all that is wrong. */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: Readonly<Record<string, string>>,
): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const messages = parsed.error.issues.map(({ message }) => message);
  throw new AppError('input_invalid', messages.join('; '));
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

/** What a client sent, short enough for a message; numbers as they are. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  if (/^-?\d{1,20}$/.test(text)) return text;
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
