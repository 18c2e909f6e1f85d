import { Gauge, Registry } from 'prom-client';
import type { Clock } from '../../core/clock.ts';
import { parseStreamName } from '../../core/stream.ts';
import type { Directory } from '../../directory/directory.ts';
import type { SinkStatus, SourceStatus } from '../../pipeline/status.ts';
import type { EventStore } from '../../store/event-store.ts';
import { counter, gauge } from './collected-metric.ts';
import type { Labels } from './collected-metric.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { registerQuarantineMetrics } from './quarantine-metrics.ts';
import type { Workers } from './workers.ts';

export interface MeasuredProcess {
  readonly clock: Clock;
  readonly directory: Directory | undefined;
  readonly store: Pick<EventStore, 'quarantines'>;
  readonly workers: () => Workers;
}

/** What Prometheus is told; the server adds its own to the same registry. */
export function createMetrics(measured: MeasuredProcess): Registry {
  const registry = new Registry();
  registerProcessMetrics(registry);
  registerSourceMetrics(registry, measured);
  registerSinkMetrics(registry, measured);
  registerWorkerMetrics(registry, measured);
  registerQuarantineMetrics(registry, measured.store);
  if (measured.directory !== undefined) registerTokenExpiry(registry, measured.directory, measured);
  return registry;
}

const sourceLabels = ['source', 'tenant', 'feed'] as const;
const sinkLabels = ['sink', 'tenant', 'feed'] as const;

function labelsOfSource({
  name: source,
  stream,
}: SourceStatus): Labels<'source' | 'tenant' | 'feed'> {
  return { source, ...parseStreamName(stream) };
}

function labelsOfSink({ name: sink, stream }: SinkStatus): Labels<'sink' | 'tenant' | 'feed'> {
  return { sink, ...parseStreamName(stream) };
}

function registerSourceMetrics(registry: Registry, { workers }: MeasuredProcess): void {
  const counts: readonly (readonly [string, string, (status: SourceStatus) => number])[] = [
    ['events', 'Events pulled, repeated ones included.', (status) => status.eventsPulled],
    ['stored_events', 'Events pulled and stored.', (status) => status.eventsStored],
    [
      'duplicate_events',
      'Events left out because they were stored.',
      (status) => status.duplicates,
    ],
    [
      'late_events',
      'Events stored that a sweep found: the source had them later than it should.',
      (status) => status.late,
    ],
    ['gaps', 'Times that the source could no longer deliver events.', (status) => status.gaps],
    ['retries', 'Attempts that failed and were repeated.', (status) => status.retries],
  ];
  for (const [name, help, value] of counts) {
    counter(registry, `tailrace_source_${name}_total`, help, sourceLabels, () =>
      workers().sources.map(({ status }) => [labelsOfSource(status), value(status)]),
    );
  }
  counter(registry, 'tailrace_source_bytes_total', 'JSON of the events pulled.', sourceLabels, () =>
    workers().sources.map((source) => [labelsOfSource(source.status), source.bytesPulled]),
  );
}

function registerSinkMetrics(registry: Registry, { workers, clock }: MeasuredProcess): void {
  const counts: readonly (readonly [string, string, (status: SinkStatus) => number])[] = [
    ['events', 'Events delivered.', (status) => status.eventsDelivered],
    ['left_out_events', "Left out by the sink's filters.", (status) => status.eventsLeftOut],
    [
      'quarantined_events',
      'Events that the receiver refused for good and that went to the quarantine.',
      (status) => status.eventsQuarantined,
    ],
    ['bytes', 'Bytes of lines delivered.', (status) => status.bytesDelivered],
    ['gaps', 'Gap lines delivered.', (status) => status.gaps],
    ['retries', 'Attempts that failed and were repeated.', (status) => status.retries],
  ];
  for (const [name, help, value] of counts) {
    counter(registry, `tailrace_sink_${name}_total`, help, sinkLabels, () =>
      workers()
        .sinkStatuses()
        .map((status) => [labelsOfSink(status), value(status)]),
    );
  }
  gauge(registry, 'tailrace_sink_lag_events', 'Stored events not delivered yet.', sinkLabels, () =>
    workers()
      .sinkStatuses()
      .map((status) => [labelsOfSink(status), sinkLagEvents(status)]),
  );
  const help =
    'Age of the newest event delivered while there are newer ones; 0 when there are none.';
  gauge(registry, 'tailrace_sink_lag_seconds', help, sinkLabels, () =>
    workers()
      .sinkStatuses()
      .map((status) => [labelsOfSink(status), sinkLagMs(status, clock.nowMs()) / 1000]),
  );
}

/** Events that are stored and not delivered, as far as the sink knows. */
export function sinkLagEvents({ headPosition, position }: SinkStatus): number {
  return Math.max(0, headPosition - position);
}

function sinkLagMs(status: SinkStatus, nowMs: number): number {
  const { newestEventMs } = status;
  if (sinkLagEvents(status) === 0 || newestEventMs === undefined) return 0;
  return Math.max(0, nowMs - newestEventMs);
}

function seconds(ms: number | undefined): number {
  return (ms ?? 0) / 1000;
}

/** What sources and sinks have in common. */
function registerWorkerMetrics(registry: Registry, { workers }: MeasuredProcess): void {
  const sources = () => workers().sources.map(({ status }) => status);
  const sinks = () => workers().sinkStatuses();
  const success = 'When work last succeeded, seconds since 1970; 0 for never.';
  gauge(registry, 'tailrace_source_last_success_timestamp_seconds', success, sourceLabels, () =>
    sources().map((status) => [labelsOfSource(status), seconds(status.lastSuccessMs)]),
  );
  gauge(registry, 'tailrace_sink_last_success_timestamp_seconds', success, sinkLabels, () =>
    sinks().map((status) => [labelsOfSink(status), seconds(status.lastSuccessMs)]),
  );
  const failing = '1 while the last attempt failed, 0 otherwise.';
  gauge(registry, 'tailrace_source_failing', failing, sourceLabels, () =>
    sources().map((status) => [labelsOfSource(status), status.state === 'retrying' ? 1 : 0]),
  );
  gauge(registry, 'tailrace_sink_failing', failing, sinkLabels, () =>
    sinks().map((status) => [labelsOfSink(status), status.state === 'retrying' ? 1 : 0]),
  );
  const blocked = '1 while the sink waits for somebody to put something right, 0 otherwise.';
  gauge(registry, 'tailrace_sink_needs_operator', blocked, sinkLabels, () =>
    sinks().map((status) => [labelsOfSink(status), status.needsOperator ? 1 : 0]),
  );
  const lag =
    'How far a source that pulls by time is behind; of others, the age of the newest event pulled ' +
    'while there may be newer ones. 0 when there is nothing to pull.';
  gauge(registry, 'tailrace_source_lag_seconds', lag, sourceLabels, () =>
    workers().sources.map(({ status, behindMs }) => [labelsOfSource(status), seconds(behindMs)]),
  );
  const backfill =
    'How much of the time that a source is to catch up with is pulled, from 0 to 1; only meanwhile.';
  gauge(registry, 'tailrace_source_backfill_ratio', backfill, sourceLabels, () =>
    workers().sources.flatMap(({ status, backfill: now }) =>
      now === undefined ? [] : [[labelsOfSource(status), now.share] as const],
    ),
  );
}

const expiryFreshMs = 60_000;
/** Tenants that are looked at; series stay bounded. */
const expiryTenantsMax = 1000;

function registerTokenExpiry(
  registry: Registry,
  directory: Directory,
  { clock }: MeasuredProcess,
): void {
  let readAtMs = -Infinity;
  const metric: Gauge<'tenant'> = new Gauge({
    name: 'tailrace_token_expiry_timestamp_seconds',
    help: "When the first of a tenant's valid API tokens expires, seconds since 1970.",
    labelNames: ['tenant'],
    registers: [registry],
    async collect() {
      if (clock.monotonicMs() - readAtMs < expiryFreshMs) return;
      readAtMs = clock.monotonicMs();
      metric.reset();
      for (const { id } of (await directory.tenants()).slice(0, expiryTenantsMax)) {
        const expiresAtMs = await firstExpiry(directory, id);
        if (expiresAtMs !== undefined) metric.set({ tenant: id }, expiresAtMs / 1000);
      }
    },
  });
}

async function firstExpiry(directory: Directory, tenant: string): Promise<number | undefined> {
  let first: number | undefined;
  for (const { email } of await directory.administrators(tenant)) {
    const token = await directory.token(tenant, email);
    if (token?.value === undefined) continue;
    first = Math.min(first ?? Infinity, token.expiresAtMs);
  }
  return first;
}
