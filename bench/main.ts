/**
 * `npm run bench`: every budget of the design beside a limit measured in the same run.
 *
 *   npm run bench -- --quick          a short run that proves the benchmark works
 *   npm run bench -- --cluster        three service nodes and two collectors on one PostgreSQL
 *   npm run bench -- --only ingest    one of: ingest, export, collect, apptrana, latency, history, console, start, postgres, retention,
 *                                     sinks
 */
import { parseArgs } from 'node:util';
import { benchApptrana } from './benches/apptrana.ts';
import { benchCollect } from './benches/collect.ts';
import { benchConsoleEvents } from './benches/console-events.ts';
import { benchExport } from './benches/export.ts';
import { benchHistory } from './benches/history.ts';
import { benchIngest } from './benches/ingest.ts';
import { benchLatency } from './benches/latency.ts';
import { benchPostgres } from './benches/postgres.ts';
import { benchRetention } from './benches/retention.ts';
import { benchSinks } from './benches/sinks.ts';
import { benchStart } from './benches/start.ts';
import { keep, report } from './report.ts';
import type { Bench, BenchRow, BenchScale } from './row.ts';

const benches: Readonly<Record<string, Bench>> = {
  ingest: benchIngest,
  export: benchExport,
  collect: benchCollect,
  apptrana: benchApptrana,
  latency: benchLatency,
  history: benchHistory,
  console: benchConsoleEvents,
  start: benchStart,
  postgres: benchPostgres,
  retention: benchRetention,
  sinks: benchSinks,
};

const full: BenchScale = { events: 1_000_000, historyEvents: 10_000_000, latencySeconds: 15 };
const quick: BenchScale = { events: 50_000, historyEvents: 200_000, latencySeconds: 3 };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const { only } = values;
if (only !== undefined && !(only in benches)) {
  console.error(`error: --only must be one of ${Object.keys(benches).join(', ')}, got ${only}`);
  process.exit(2);
}
if (values.cluster) {
  const { runCluster } = await import('./cluster/run-cluster.ts');
  await runCluster({ isQuick: values.quick });
  process.exit();
}

const takenAt = new Date();
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (only !== undefined && only !== name) continue;
  console.error(`measuring ${name} …`);
  rows.push(...(await bench(values.quick ? quick : full)));
}
const text = report(rows, takenAt);
console.log(text);
if (!values.quick && only === undefined) console.error(`kept as ${keep(text, rows, takenAt)}`);
