import { streamName } from '../../core/stream.ts';
import type { Service } from '../service/service.ts';
import { systemClock } from '../system-clock.ts';
import { demoTenant } from './demo-credentials.ts';
import type { DemoProgress } from './demo-view.ts';

const stream = streamName(demoTenant, 'insync');

/** What has gone in and come out since the demo began. */
export class DemoCounts {
  readonly #service: Service;
  readonly #collector: Service;
  readonly #startMs = systemClock.monotonicMs();
  readonly #publishedBefore: number;
  #eventsIn = 0;

  private constructor(service: Service, collector: Service, publishedBefore: number) {
    this.#service = service;
    this.#collector = collector;
    this.#publishedBefore = publishedBefore;
  }

  static async of(service: Service, collector: Service): Promise<DemoCounts> {
    const deliveries = await collector.store.deliveries();
    const before = deliveries.length < 2 ? [0] : deliveries.map(({ position }) => position);
    return new DemoCounts(service, collector, Math.min(...before));
  }

  addIn(events: number): void {
    this.#eventsIn += events;
  }

  async progress(): Promise<DemoProgress> {
    const sinks = this.#collector.workers.sinkStatuses();
    const position = Math.min(...sinks.map((sink) => sink.position));
    const published = Number.isFinite(position) ? position : 0;
    const newestMs = Math.min(...sinks.map((sink) => sink.newestEventMs ?? Infinity));
    const head = (await this.#service.store.streamInfo(stream))?.headPosition ?? 0;
    const lagEvents = Math.max(0, head - published);
    const [source] = this.#collector.workers.sources;
    return {
      elapsedMs: systemClock.monotonicMs() - this.#startMs,
      eventsIn: this.#eventsIn,
      eventsPulled: source?.status.eventsStored ?? 0,
      eventsPublished: Math.max(0, published - this.#publishedBefore),
      lagEvents,
      lagMs: Number.isFinite(newestMs) ? Math.max(0, systemClock.nowMs() - newestMs) : 0,
    };
  }
}
