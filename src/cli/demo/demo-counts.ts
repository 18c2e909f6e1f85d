import type { StreamName } from '../../core/stream.ts';
import type { Service } from '../service/service.ts';
import { systemClock } from '../system-clock.ts';
import { attackStream, eventStream } from './demo-config.ts';

/** What has become of one stream's events since the demo began. */
export interface StreamProgress {
  /** Acknowledged by the ingest API. */
  readonly in: number;
  readonly pulled: number;
  /** Standing in files of every sink. */
  readonly published: number;
  /** Stored by the service and not published. */
  readonly lagEvents: number;
  readonly lagMs: number;
}

/** How the demo is doing at one moment. */
export interface DemoProgress {
  readonly elapsedMs: number;
  readonly events: StreamProgress;
  readonly attacks: StreamProgress;
}

/** What has gone in and come out since the demo began. */
export class DemoCounts {
  readonly events: StreamCounts;
  readonly attacks: StreamCounts;
  readonly #startMs = systemClock.monotonicMs();

  private constructor(events: StreamCounts, attacks: StreamCounts) {
    this.events = events;
    this.attacks = attacks;
  }

  static async of(service: Service, collector: Service): Promise<DemoCounts> {
    const [events, attacks] = await Promise.all([
      StreamCounts.of(eventStream, service, collector),
      StreamCounts.of(attackStream, service, collector),
    ]);
    return new DemoCounts(events, attacks);
  }

  async progress(): Promise<DemoProgress> {
    const [events, attacks] = await Promise.all([this.events.progress(), this.attacks.progress()]);
    return { elapsedMs: systemClock.monotonicMs() - this.#startMs, events, attacks };
  }
}

class StreamCounts {
  readonly #stream: StreamName;
  readonly #service: Service;
  readonly #collector: Service;
  readonly #publishedBefore: number;
  #in = 0;

  private constructor(
    stream: StreamName,
    service: Service,
    collector: Service,
    publishedBefore: number,
  ) {
    this.#stream = stream;
    this.#service = service;
    this.#collector = collector;
    this.#publishedBefore = publishedBefore;
  }

  static async of(stream: StreamName, service: Service, collector: Service): Promise<StreamCounts> {
    const deliveries = await collector.store.deliveries();
    const positions = new Map(
      deliveries
        .filter((delivery) => delivery.stream === stream)
        .map(({ sink, position }) => [sink, position]),
    );
    const sinks = collector.workers.sinks.filter((sink) => sink.wants(stream));
    const before = sinks.map(({ name }) => positions.get(name) ?? 0);
    return new StreamCounts(stream, service, collector, Math.min(...before));
  }

  addIn(events: number): void {
    this.#in += events;
  }

  async progress(): Promise<StreamProgress> {
    const { workers } = this.#collector;
    const sinks = workers.sinkStatuses().filter(({ stream }) => stream === this.#stream);
    const position = Math.min(...sinks.map((sink) => sink.position));
    const published = Number.isFinite(position) ? position : 0;
    const newestMs = Math.min(...sinks.map((sink) => sink.newestEventMs ?? Infinity));
    const head = (await this.#service.store.streamInfo(this.#stream))?.headPosition ?? 0;
    const source = workers.sources.find(({ status }) => status.stream === this.#stream);
    const lagEvents = Math.max(0, head - published);
    const isKnown = lagEvents > 0 && Number.isFinite(newestMs);
    return {
      in: this.#in,
      pulled: source?.status.eventsStored ?? 0,
      published: Math.max(0, published - this.#publishedBefore),
      lagEvents,
      lagMs: isKnown ? Math.max(0, systemClock.nowMs() - newestMs) : 0,
    };
  }
}
