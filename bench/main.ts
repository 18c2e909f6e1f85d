/**
 * `npm run bench`: every budget of the design beside a limit measured in the same run.
 *
 *   npm run bench -- --quick          a short run that proves the benchmark works
 *   npm run bench -- --cluster        three service nodes and two collectors on one PostgreSQL
 *   npm run bench -- --only ingest    one of: ingest, export, collect, apptrana, latency, history, console, start, postgres, retention,
 *                                     sinks, memory, many-streams
 *   npm run bench -- --memory         the same as --only memory
 *   npm run bench -- --soak 10m       a steady load for so long; ends with 1 when anything grows
 *   npm run bench -- --history 1000000  so many stored events for history and memory; 10 M without it
 */
import { parseArgs } from 'node:util';
import { durationMs } from '../src/core/quantity.ts';
import { installProgram } from '../scripts/install-program.ts';
import { benchApptrana } from './benches/apptrana.ts';
import { benchCollect } from './benches/collect.ts';
import { benchConsoleEvents } from './benches/console-events.ts';
import { benchExport } from './benches/export.ts';
import { benchHistory } from './benches/history.ts';
import { benchIngest } from './benches/ingest.ts';
import { benchLatency } from './benches/latency.ts';
import { benchManyStreams } from './benches/many-streams.ts';
import { benchMemory } from './benches/memory.ts';
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
  memory: benchMemory,
  'many-streams': benchManyStreams,
};

const full: BenchScale = { events: 1_000_000, historyEvents: 10_000_000, latencySeconds: 15 };
const quick: BenchScale = { events: 50_000, historyEvents: 200_000, latencySeconds: 3 };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
    only: { type: 'string' },
    memory: { type: 'boolean', default: false },
    history: { type: 'string' },
    soak: { type: 'string' },
  },
});
const only = values.memory ? 'memory' : values.only;
if (only !== undefined && !(only in benches)) {
  console.error(`error: --only must be one of ${Object.keys(benches).join(', ')}, got ${only}`);
  process.exit(2);
}
if (values.cluster) {
  const { runCluster } = await import('./cluster/run-cluster.ts');
  await runCluster({ isQuick: values.quick });
  process.exit();
}

if (values.soak !== undefined) {
  const { runSoak, soakReport } = await import('./soak/run-soak.ts');
  const duration = durationMs.safeParse(values.soak);
  if (!duration.success) {
    console.error(`error: --soak must be a duration such as 10m, got ${values.soak}`);
    process.exit(2);
  }
  const result = await runSoak(duration.data / 1000, (line) => console.error(line));
  console.log(soakReport(result));
  process.exit(result.holds ? 0 : 1);
}

const base = values.quick ? quick : full;
const historyEvents = Number(values.history ?? base.historyEvents);
if (!Number.isSafeInteger(historyEvents) || historyEvents < quick.historyEvents) {
  console.error(`error: --history must be at least ${quick.historyEvents}, got ${values.history}`);
  process.exit(2);
}
const scale = { ...base, historyEvents };

// What is measured is the program as users install it.
await using installed = await installProgram();
process.env['TAILRACE_MAIN'] = installed.main;

const takenAt = new Date();
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (only !== undefined && only !== name) continue;
  console.error(`measuring ${name} …`);
  rows.push(...(await bench(scale)));
}
const text = report(rows, takenAt);
console.log(text);
if (!values.quick && only === undefined) console.error(`kept as ${keep(text, rows, takenAt)}`);
