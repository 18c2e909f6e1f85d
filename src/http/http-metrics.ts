import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { parseStreamName } from '../core/stream.ts';
import type { EventStore, StreamInfo } from '../store/event-store.ts';

/** Tenants that get a label of their own; all others share `other`, so that series stay bounded. */
const tenantsMax = 1000;

const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60,
] as const;

/** What the server counts. Made once per registry. */
export class HttpMetrics {
  /** Requests answered, by route and status. */
  readonly requests: Counter<'method' | 'route' | 'status'>;
  readonly seconds: Histogram<'route'>;
  readonly rateLimited: Counter<'by'>;
  readonly ingestedEvents: Counter<'tenant' | 'feed'>;
  /** Decompressed. */
  readonly ingestedBytes: Counter<'tenant' | 'feed'>;
  readonly skippedEvents: Counter<'tenant' | 'feed'>;
  readonly exportedEvents: Counter<'tenant' | 'api'>;
  /** As sent, but for pages that are compressed while they are sent. */
  readonly exportedBytes: Counter<'tenant' | 'api'>;
  readonly gaps: Counter<'tenant' | 'api'>;
  readonly lostEvents: Counter<'tenant' | 'api'>;
  readonly cursors: Counter<'api' | 'outcome'>;
  readonly pageCache: Counter<'outcome'>;
  readonly pageCacheBytes: Gauge;
  readonly longPolls: Gauge;
  readonly #tenants = new Set<string>();

  constructor(registry: Registry, store: EventStore) {
    const registers = [registry];
    const counter = <Label extends string>(
      name: string,
      help: string,
      ...labelNames: readonly Label[]
    ): Counter<Label> => new Counter({ name, help, labelNames, registers });

    this.requests = counter(
      'tailrace_http_requests_total',
      'Requests answered, by route and status.',
      ...(['method', 'route', 'status'] as const),
    );
    this.seconds = new Histogram({
      name: 'tailrace_http_request_seconds',
      help: 'Time until the answer was ready; long polls wait on purpose.',
      labelNames: ['route'],
      buckets: [...secondsBuckets],
      registers,
    });
    this.rateLimited = counter(
      'tailrace_http_rate_limited_total',
      'Requests answered 429, by what they were limited by.',
      'by',
    );
    const ingest = ['tenant', 'feed'] as const;
    this.ingestedEvents = counter('tailrace_ingest_events_total', 'Events appended.', ...ingest);
    this.ingestedBytes = counter('tailrace_ingest_bytes_total', 'Bytes of bodies.', ...ingest);
    this.skippedEvents = counter(
      'tailrace_ingest_skipped_events_total',
      'Events left out because their category is not exported.',
      ...ingest,
    );
    const exported = ['tenant', 'api'] as const;
    this.exportedEvents = counter('tailrace_export_events_total', 'Events given out.', ...exported);
    this.exportedBytes = counter('tailrace_export_bytes_total', 'Bytes of pages.', ...exported);
    this.gaps = counter(
      'tailrace_export_gaps_total',
      'Answers that had to say that events are missing.',
      ...exported,
    );
    this.lostEvents = counter(
      'tailrace_export_lost_events_total',
      'Events that retention had dropped before a client came for them.',
      ...exported,
    );
    this.cursors = counter(
      'tailrace_cursors_total',
      'Progress cookies and trackers, by what became of them.',
      ...(['api', 'outcome'] as const),
    );
    this.pageCache = counter(
      'tailrace_page_cache_total',
      'Encoded pages, by whether they were still in memory.',
      'outcome',
    );
    this.pageCacheBytes = new Gauge({
      name: 'tailrace_page_cache_bytes',
      help: 'Memory that encoded pages take which are kept to be asked for again.',
      registers,
    });
    this.longPolls = new Gauge({
      name: 'tailrace_long_polls',
      help: 'Requests waiting for events.',
      registers,
    });
    this.#registerStreams(store, registers);
  }

  /** The tenant's id for the first thousand tenants, `other` for the rest. */
  tenantLabel(tenant: string): string {
    if (this.#tenants.has(tenant)) return tenant;
    if (this.#tenants.size >= tenantsMax) return 'other';
    this.#tenants.add(tenant);
    return tenant;
  }

  /** Head and size of every stream, read when metrics are asked for. */
  #registerStreams(store: EventStore, registers: Registry[]): void {
    const gauge = (
      name: string,
      help: string,
      combined: (info: StreamInfo, before: number) => number,
    ): void => {
      const labelNames = ['tenant', 'feed'] as const;
      const collect = async (): Promise<void> => {
        const values = new Map<string, number>();
        for (const info of await store.streams()) {
          const { tenant, feed } = parseStreamName(info.stream);
          const key = `${this.tenantLabel(tenant)}/${feed}`;
          values.set(key, combined(info, values.get(key) ?? 0));
        }
        metric.reset();
        for (const [key, value] of values) {
          const [tenant = '', feed = ''] = key.split('/');
          metric.set({ tenant, feed }, value);
        }
      };
      const metric = new Gauge({ name, help, labelNames, registers, collect });
    };
    gauge(
      'tailrace_stream_head_position',
      'Position of the newest event of a stream; the largest one among `other`.',
      ({ headPosition }, before) => Math.max(headPosition, before),
    );
    gauge(
      'tailrace_stream_stored_bytes',
      'Bytes a stream takes in the event store.',
      ({ storedBytes }, before) => storedBytes + before,
    );
  }
}
