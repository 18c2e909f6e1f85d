import { styleText } from 'node:util';
import type { Screen } from './terminal.ts';

/** What steers a terminal: controls, and marks that put what follows in another order. */
const steering = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text that cannot steer the terminal, whoever wrote it. */
export function printable(text: string): string {
  return text.replaceAll(steering, '�');
}

/** Writes one JSON document, for programs. */
export function printJson(screen: Screen, value: unknown): void {
  screen.write(`${printableJson(JSON.stringify(value, undefined, 2))}\n`);
}

/** The same value, in a text that cannot steer the terminal. `json` may be on several lines. */
export function printableJson(json: string): string {
  return json.replaceAll(steering, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes rows under headings, each column as wide as its widest cell. */
export function printTable(
  screen: Screen,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const cells = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  screen.write(`${styleText('bold', line(headings), { stream: screen })}\n`);
  for (const row of cells) screen.write(`${line(row)}\n`);
}

/** Writes names and values under each other. */
export function printFields(screen: Screen, fields: Readonly<Record<string, string>>): void {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  for (const [name, value] of Object.entries(fields)) {
    screen.write(
      `${styleText('dim', name.padEnd(width), { stream: screen })}  ${printable(value)}\n`,
    );
  }
}

/** `2026-11-21 18:45:12Z`; `never` for undefined. */
export function printTime(ms: number | undefined): string {
  return ms === undefined
    ? 'never'
    : new Date(ms).toISOString().replace('T', ' ').slice(0, 19) + 'Z';
}

/** `850 ms`, `4.2 s`, `3 min`, `5 h`, `2 d`. */
export function printDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

/** `1,234,567`. */
export function printCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `512 B`, `1.5 KiB`, `20.3 MiB`. */
export function printSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}
