import { z } from 'zod';

const millisecondsPerUnit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const bytesPerUnit = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** `500ms`, `10s`, `5m`, `48h`, `30d` → milliseconds. */
export const durationMs = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'a whole number with ms, s, m, h or d, such as 30s')
  .transform((text) => parseQuantity(text, millisecondsPerUnit));

/** A duration in bounds that are written as a person writes them: `durationIn('1s', '1h')`. */
export function durationIn(least: string, most: string) {
  const [leastMs, mostMs] = [durationMs.parse(least), durationMs.parse(most)];
  const isInside = (ms: number): boolean => ms >= leastMs && ms <= mostMs;
  return durationMs.refine(isInside, `must be ${least} to ${most}`);
}

/** As a person would write it: 21,600,000 → `6h`. */
export function durationText(ms: number): string {
  const fitting = Object.entries(millisecondsPerUnit).filter(([, unit]) => ms % unit === 0);
  const [name, unit] = fitting.at(-1) ?? ['ms', 1];
  return `${ms / unit}${name}`;
}

/**
 * How long to wait before asking a service again: never without a pause, and never longer than a timer
 * can wait, as one that is told to wait longer does not wait at all.
 */
export const pauseMs = durationIn('100ms', '1d');

/** `64KiB`, `8MiB`, `1GiB` → bytes. */
export const sizeBytes = z
  .string()
  .regex(/^\d{1,9}(B|KiB|MiB|GiB)$/, 'a whole number with B, KiB, MiB or GiB, such as 8MiB')
  .transform((text) => parseQuantity(text, bytesPerUnit));

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, amount = '', unit = ''] = /^(\d+)(\D+)$/.exec(text) ?? [];
  return Number(amount) * (units[unit] ?? Number.NaN);
}
