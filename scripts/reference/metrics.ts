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
import { soleHolder } from '../../src/pipeline/leases.ts';
import { pino } from 'pino';
import { code, table } from './table.ts';

export async function metricsReference(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-docs-'));
  try {
    const metrics = await metricsOfProcess(directory);
    const rows = metrics
      .map((metric) => [code(metric.name), String(metric.type), labelsOf(metric), metric.help])
      .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
    return `# Metrics

\`/metrics\` in Prometheus' text format: of the export service on its own address, for the networks of
\`serve.metricsFor\`; of a collector on the address of \`monitor\`.

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
  const leases = soleHolder(store);
  const context = {
    store,
    clock: systemClock,
    log,
    readSecret: secretReader({}),
    leases,
    home: folder,
    retentionMs: () => 0,
  };
  const workers = new Workers({ sources: [], sinks: [] }, context);
  const registry = createMetrics({ clock: systemClock, directory, store, workers: () => workers });
  void new HttpMetrics(registry, store);
  return registry.getMetricsAsArray();
}

function labelsOf(metric: MetricObject): string {
  const names: unknown = Reflect.get(metric, 'labelNames');
  return Array.isArray(names) ? names.map((name) => code(String(name))).join(', ') : '';
}
