import { assertName, type StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import { SplitDeliveries, type RequestOutcome } from '../send-splitting.ts';
import type { DeliveryOutcome, DirectSink, EncodedEvent, SinkContext, Slice } from '../sink.ts';
import { isAboutRecords, outcomeOf } from './broker-errors.ts';
import { Lane } from './lane.ts';
import { openProducer } from './open-producer.ts';
import type { KafkaSinkOptions } from './options.ts';
import { compileRecords, inRequests, type StreamRecords } from './record.ts';

/** Sends lines as records to a Kafka cluster. Connects to nothing yet. */
export function createKafkaSink(
  name: string,
  options: KafkaSinkOptions,
  format: Format,
  context: SinkContext,
): DirectSink {
  assertName('sink', name);
  return new KafkaSink(name, options, format, context);
}

/** Requests that are under way at once, each for other streams. */
const laneCount = 4;

interface Route extends StreamRecords {
  readonly lane: Lane;
}

class KafkaSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #options: KafkaSinkOptions;
  readonly #format: Format;
  readonly #place: string;
  readonly #lanes: readonly Lane[];
  readonly #deliveries = new SplitDeliveries();
  readonly #routes = new Map<StreamName, Route>();

  constructor(name: string, options: KafkaSinkOptions, format: Format, context: SinkContext) {
    this.name = name;
    this.#options = options;
    this.#format = format;
    this.#place = options.brokers.join(',');
    const open = () => openProducer(options, context.readSecret);
    this.#lanes = Array.from({ length: laneCount }, () => new Lane(open));
  }

  async deliver(slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    signal.throwIfAborted();
    const route = await this.#route(slice.stream);
    return this.#deliveries.deliver(
      slice,
      (part) => this.#send(part, route, signal),
      (events) => inRequests(events, this.#options.requestSizeMax),
    );
  }

  probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    return this.deliver(test, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const lane of this.#lanes) lane[Symbol.dispose]();
  }

  async #send(
    events: readonly EncodedEvent[],
    { lane, topic, record }: Route,
    signal: AbortSignal,
  ): Promise<RequestOutcome> {
    try {
      await lane.send(events.map(record), isAboutRecords, signal);
      return 'taken';
    } catch (error) {
      signal.throwIfAborted();
      return outcomeOf(error, this.#place, topic);
    }
  }

  /** A stream keeps its lane, and the partition that its name has among those of the topic. */
  async #route(stream: StreamName): Promise<Route> {
    const known = this.#routes.get(stream);
    if (known !== undefined) return known;
    const { murmur2 } = await import('@platformatic/kafka');
    // The partition that Kafka's own partitioner gives a record with this key.
    const partition = murmur2(Buffer.from(stream)) & 0x7fffffff;
    const lane = this.#lanes[this.#routes.size % laneCount];
    if (lane === undefined) throw new RangeError('there is no lane');
    const route = { ...compileRecords(this.#options, this.#format, stream, partition), lane };
    this.#routes.set(stream, route);
    return route;
  }
}
