import type { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { Position } from '../core/stream.ts';
import type { Window } from '../core/window.ts';
import { durationMs } from '../core/quantity.ts';

/** What commander found, as the schema says. Throws `argument_invalid` naming the option. */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown): T {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? '');
  const got: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new AppError(
    'argument_invalid',
    `${flag} must be ${issue?.message ?? 'something else'}, got ${String(got).slice(0, 80)}`,
  );
}

/** A whole number given as text. */
export function wholeNumber(min: number, max: number) {
  const message =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min} up` : `${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** `2026-11-21`, `2026-11-21T18:45:12Z`, or so long ago: `24h`. Gives epoch milliseconds. */
export function moment(nowMs: number) {
  return z.string().transform((text, context) => {
    const ago = durationMs.safeParse(text);
    if (ago.success) return nowMs - ago.data;
    const isIso = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/.test(text);
    const ms = isIso ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({
      code: 'custom',
      message: 'a UTC time such as 2026-11-21 or 2026-11-21T18:45:12Z, or so long ago, such as 24h',
    });
    return z.NEVER;
  });
}

/** Throws `argument_invalid` for positions or times of which no event can be. */
export function assertNotEmpty(
  range: {
    readonly window: Window | undefined;
    readonly first: Position;
    readonly last: Position;
  },
  untilFlag: string,
): void {
  const { window, first, last } = range;
  if (first > last) {
    throw new AppError('argument_invalid', `--first ${first} is behind --last ${last}`);
  }
  if (window === undefined || window.fromMs < window.untilMs) return;
  throw new AppError('argument_invalid', `${untilFlag} must be after --from`);
}

export const dataOptions = {
  dataDirectory: z.string().optional(),
  config: z.string().optional(),
};

export const jsonOption = { json: z.boolean().default(false) };

/** Examples at the end of a command's help. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ tailrace ${example}\n`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('')}`);
}
