import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { parseStreamName } from '../../core/stream.ts';
import type { EventStore } from '../../store/event-store.ts';

const labelNames = ['sink', 'tenant', 'feed'] as const;

/** What the quarantines of the store hold; every node that shares it says the same. */
export function registerQuarantineMetrics(
  registry: Registry,
  store: Pick<EventStore, 'quarantines'>,
): void {
  const bytes = new Gauge({
    name: 'tailrace_quarantine_bytes',
    help: 'Lines of the events that a receiver refused for good.',
    labelNames,
    registers: [registry],
  });
  const events: Gauge = new Gauge({
    name: 'tailrace_quarantine_events',
    help: 'Events that a receiver refused for good, and that nobody has retried or dropped.',
    labelNames,
    registers: [registry],
    async collect() {
      const quarantines = await store.quarantines();
      events.reset();
      bytes.reset();
      for (const { sink, stream, events: count, bytes: size } of quarantines) {
        const labels = { sink, ...parseStreamName(stream) };
        events.set(labels, count);
        bytes.set(labels, size);
      }
    },
  });
}
