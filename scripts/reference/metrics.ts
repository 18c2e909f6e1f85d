import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetricObject } from 'prom-client';
import { openDataDirectory, openDataStore } from '../../src/cli/open-data.ts';
import { createMetrics } from '../../src/cli/service/metrics.ts';
import { Workers } from '../../src/cli/service/workers.ts';
import { systemClock } from '../../src/cli/system-clock.ts';
import { secretReader } from '../../src/config/secret-reader.ts';
import { HttpMetrics } from '../../src/http/http-metrics.ts';
import { pino } from 'pino';
import { code, table } from './table.ts';

/** Of prom-client itself: what the runtime and the process tell everywhere. */
const isDefault = (name: string): boolean => /^tailrace_(?:process|nodejs)_/.test(name);

export async function metricsReference(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-docs-'));
  try {
    const metrics = await metricsOfProcess(directory);
    const rows = metrics
      .filter(({ name }) => !isDefault(name))
      .map((metric) => [code(metric.name), String(metric.type), labelsOf(metric), metric.help])
      .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
    return `# Metrics

\`/metrics\` in Prometheus' text format: of the export service on its own address, for the networks of
\`serve.metricsFor\`; of a collector on the address of \`monitor\`. Beside these stand
\`tailrace_process_*\` and \`tailrace_nodejs_*\`, which prom-client describes.

${table(['metric', 'type', 'labels', 'meaning'], rows)}`;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Registered as \`tailrace run\` registers them. */
async function metricsOfProcess(folder: string): Promise<readonly MetricObject[]> {
  await using store = await openDataStore({ directory: folder });
  await using directory = await openDataDirectory({ directory: folder }, {});
  const log = pino({ level: 'silent' });
  const context = { store, clock: systemClock, log, readSecret: secretReader({}) };
  const workers = new Workers({ sources: [], sinks: [] }, context);
  const registry = createMetrics({ clock: systemClock, directory, workers: () => workers });
  void new HttpMetrics(registry, store);
  return registry.getMetricsAsArray();
}

function labelsOf(metric: MetricObject): string {
  const names: unknown = Reflect.get(metric, 'labelNames');
  return Array.isArray(names) ? names.map((name) => code(String(name))).join(', ') : '';
}
