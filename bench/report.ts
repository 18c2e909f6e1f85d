/** Prints the table and keeps it in `bench/results/`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { budgetHolds } from './row.ts';
import type { BenchRow } from './row.ts';

const columns = [
  'path',
  'measured',
  'budget',
  'limit in this run',
  'ratio',
  'CPU/event',
  'peak RSS',
  'holds',
];

export function report(rows: readonly BenchRow[], takenAt: Date): string {
  const table = [
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${cells(row).join(' | ')} |`),
  ].join('\n');
  const notes = rows.flatMap((row) =>
    row.note === undefined ? [] : [`- ${row.path}: ${row.note}`],
  );
  const machine = `${takenAt.toISOString()}, node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`;
  return [machine, '', table, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

export function keep(text: string, rows: readonly BenchRow[], takenAt: Date): string {
  mkdirSync('bench/results', { recursive: true });
  const name = `bench/results/${takenAt.toISOString().slice(0, 19).replaceAll(':', '')}`;
  writeFileSync(`${name}.md`, text);
  writeFileSync(`${name}.json`, `${JSON.stringify(rows, undefined, 2)}\n`);
  return `${name}.md`;
}

function cells(row: BenchRow): string[] {
  const { limit } = row;
  const holds = budgetHolds(row);
  return [
    row.path,
    `${figure(row.value)} ${row.unit}`,
    row.budget === undefined ? '' : `${row.unit === 'events/s' ? '≥' : '≤'} ${figure(row.budget)}`,
    limit === undefined ? '' : `${limit.name}: ${figure(limit.value)}`,
    limit === undefined ? '' : ratio(row.value / limit.value, limit.atLeast),
    row.cpuMicrosecondsPerEvent === undefined ? '' : `${row.cpuMicrosecondsPerEvent.toFixed(2)} µs`,
    row.peakRssBytes === undefined ? '' : memory(row.peakRssBytes, row.peakRssBytesMax),
    holds === undefined ? '' : holds ? 'yes' : '**no**',
  ];
}

function ratio(value: number, atLeast: number | undefined): string {
  return `${value.toFixed(2)}${atLeast === undefined ? '' : ` (≥ ${atLeast})`}`;
}

function memory(bytes: number, max: number | undefined): string {
  return `${mebibytes(bytes)}${max === undefined ? '' : ` (≤ ${mebibytes(max)})`}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
