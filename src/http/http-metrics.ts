import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EventStore } from '../store/event-store.ts';
import { parseStreamName } from '../core/stream.ts';

/** Tenants that get a label of their own; all others share `other`, so that series stay bounded. */
const tenantsMax = 1000;

/** What the server counts. Registered once per registry. */
export class HttpMetrics {
  readonly requests: Counter<'method' | 'route' | 'status'>;
  readonly seconds: Histogram<'route'>;
  readonly rateLimited: Counter<'by'>;
  readonly ingestedEvents: Counter<'tenant' | 'feed'>;
  readonly ingestedBytes: Counter<'tenant' | 'feed'>;
  readonly skippedEvents: Counter<'tenant' | 'feed'>;
  readonly exportedEvents: Counter<'tenant' | 'api'>;
  readonly exportedBytes: Counter<'tenant' | 'api'>;
  readonly cursors: Counter<'api' | 'outcome'>;
  readonly gaps: Counter<'tenant' | 'api'>;
  readonly lostEvents: Counter<'tenant' | 'api'>;
  readonly pageCache: Counter<'outcome'>;
  readonly longPolls: Gauge;
  readonly #tenants = new Set<string>();

  constructor(registry: Registry, store: EventStore) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'tailrace_http_requests_total',
      help: 'Requests answered, by route and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'tailrace_http_request_seconds',
      help: 'Time until the answer was ready; long polls wait on purpose.',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    });
    this.rateLimited = new Counter({
      name: 'tailrace_http_rate_limited_total',
      help: 'Requests answered 429, by what they were limited by.',
      labelNames: ['by'],
      registers,
    });
    const ingest = { labelNames: ['tenant', 'feed'] as const, registers };
    this.ingestedEvents = new Counter({
      name: 'tailrace_ingest_events_total',
      help: 'Events appended over HTTP.',
      ...ingest,
    });
    this.ingestedBytes = new Counter({
      name: 'tailrace_ingest_bytes_total',
      help: 'Bytes of ingest bodies, decompressed.',
      ...ingest,
    });
    this.skippedEvents = new Counter({
      name: 'tailrace_ingest_skipped_events_total',
      help: 'Events left out because their category is not exported.',
      ...ingest,
    });
    const exported = { labelNames: ['tenant', 'api'] as const, registers };
    this.exportedEvents = new Counter({
      name: 'tailrace_export_events_total',
      help: 'Events handed out.',
      ...exported,
    });
    this.exportedBytes = new Counter({
      name: 'tailrace_export_bytes_total',
      help: 'Bytes of pages handed out, as sent.',
      ...exported,
    });
    this.gaps = new Counter({
      name: 'tailrace_export_gaps_total',
      help: 'Answers that had to say that events are missing.',
      ...exported,
    });
    this.lostEvents = new Counter({
      name: 'tailrace_export_lost_events_total',
      help: 'Events that retention had dropped before a client came for them.',
      ...exported,
    });
    this.cursors = new Counter({
      name: 'tailrace_cursors_total',
      help: 'Progress cookies and trackers, by what became of them.',
      labelNames: ['api', 'outcome'],
      registers,
    });
    this.pageCache = new Counter({
      name: 'tailrace_page_cache_total',
      help: 'Encoded pages, by whether they were still in memory.',
      labelNames: ['outcome'],
      registers,
    });
    this.longPolls = new Gauge({
      name: 'tailrace_long_polls',
      help: 'Requests waiting for events.',
      registers,
    });
    registerHeads(store, (tenant) => this.tenantLabel(tenant), registers);
  }

  /** The tenant's id for the first thousand tenants, `other` for the rest. */
  tenantLabel(tenant: string): string {
    if (this.#tenants.has(tenant)) return tenant;
    if (this.#tenants.size >= tenantsMax) return 'other';
    this.#tenants.add(tenant);
    return tenant;
  }
}

/** Head and size of every stream, read when metrics are asked for. */
function registerHeads(
  store: EventStore,
  tenantLabel: (tenant: string) => string,
  registers: Registry[],
): void {
  const labelNames = ['tenant', 'feed'] as const;
  const bytes = new Gauge({
    name: 'tailrace_stream_stored_bytes',
    help: 'Bytes a stream takes in the event store.',
    labelNames,
    registers,
  });
  const head: Gauge<'tenant' | 'feed'> = new Gauge({
    name: 'tailrace_stream_head_position',
    help: 'Position of the newest event of a stream; of the furthest one among `other`.',
    labelNames,
    registers,
    async collect() {
      head.reset();
      bytes.reset();
      const heads = new Map<string, { tenant: string; feed: string; position: number }>();
      for (const info of await store.streams()) {
        const { tenant, feed } = parseStreamName(info.stream);
        const labels = { tenant: tenantLabel(tenant), feed };
        bytes.inc(labels, info.storedBytes);
        const key = `${labels.tenant}/${feed}`;
        const position = Math.max(info.headPosition, heads.get(key)?.position ?? 0);
        heads.set(key, { ...labels, position });
      }
      for (const { tenant, feed, position } of heads.values()) head.set({ tenant, feed }, position);
    },
  });
}
