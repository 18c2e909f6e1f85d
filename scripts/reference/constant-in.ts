import { readFileSync } from 'node:fs';

/**
 * The number that a constant of a source file has, so that no page can tell another one. Knows whole
 * numbers, products and powers: `16 * 1024 ** 2`. Throws when there is no such constant.
 */
export function constantIn(file: string, name: string): number {
  const text = readFileSync(file, 'utf8');
  const found = new RegExp(
    `\\b${name}(?: =|:) ([\\d_*. ]+?)(?: as const)?[;,\\s}]*(?:\\n|//|[a-z}])`,
  ).exec(text);
  const expression = found?.[1];
  if (expression === undefined) throw new Error(`${file} has no number ${name}`);
  const value = expression
    .split(/ \* /)
    .map(power)
    .reduce((product, factor) => product * factor, 1);
  if (!Number.isFinite(value)) throw new Error(`${file}: ${name} is ${expression}`);
  return value;
}

function power(text: string): number {
  const [base = Number.NaN, exponent = 1] = text
    .split('**')
    .map((part) => Number(part.replaceAll('_', '').trim()));
  return base ** exponent;
}

/** `10,000`. */
export function count(file: string, name: string): string {
  return constantIn(file, name).toLocaleString('en-US');
}

/** `16 MiB`, `64 KiB`, `500 bytes`. */
export function size(file: string, name: string): string {
  const bytes = constantIn(file, name);
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes.toLocaleString('en-US')} bytes`;
}

/** `30 s`, `5 min`, `100 ms`. */
export function duration(file: string, name: string): string {
  const ms = constantIn(file, name);
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000} d`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
