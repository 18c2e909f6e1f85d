import { z } from 'zod';
import { shown } from '../../query.ts';

/** Positions fit into six bytes of a cursor. */
export const positionMax = 2 ** 48 - 1;
/** The last millisecond that a date can have. */
const timeMsMax = 8_640_000_000_000_000;

/** A whole number in the query string. The message goes behind the parameter's name. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const error = ({ input }: { readonly input?: unknown }): string =>
    `must be ${min} to ${max}, got ${shown(input)}`;
  return z
    .string({ error })
    .refine((text) => /^\d{1,16}$/.test(text) && isWithin(Number(text), min, max), { error })
    .transform(Number);
}

/** Epoch milliseconds in the query string. */
export const timeParameter = wholeNumber(0, timeMsMax);

/** Text in the query string; nothing is the same as leaving it out. */
export function textParameter(lengthMax: number) {
  return z
    .string()
    .max(lengthMax, `must be at most ${lengthMax} characters`)
    .transform((text) => (text === '' ? undefined : text))
    .optional();
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
