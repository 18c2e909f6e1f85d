/** The table of docs/SCALING.md; `node bench/scaling/scaling-table.ts` prints it. */
import { markdownTable } from './markdown-table.ts';
import { demands, plan, type Plan } from './model.ts';

const headings = [
  'tenants',
  'events/s',
  'a post',
  'posts/s',
  'cores, nodes',
  'cores, PostgreSQL',
  'nodes',
  'servers of 8 cores',
  'disk in 30 days',
];

export function scalingTable(): string {
  return markdownTable(
    headings,
    demands.map((demand) => cells(plan(demand))),
  );
}

function cells(of: Plan): readonly string[] {
  return [
    short(of.tenants),
    short(of.eventsPerSecond),
    String(of.eventsPerPost),
    short(of.postsPerSecond),
    cores(of.nodeCores),
    cores(of.databaseCores),
    of.nodes.toLocaleString('en'),
    of.databases.toLocaleString('en'),
    `${(of.diskBytes / 1e12).toPrecision(2)} TB`.replace(/^(\d)\.(\d)e\+2/, '$1$20'),
  ];
}

function short(count: number): string {
  if (count >= 1e6) return `${count / 1e6} M`;
  return count >= 1e3 ? `${count / 1e3} k` : String(count);
}

function cores(count: number): string {
  return count < 10 ? count.toFixed(1) : Math.round(count).toLocaleString('en');
}

if (import.meta.main) console.log(scalingTable());
