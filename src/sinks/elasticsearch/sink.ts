import { AppError } from '../../core/errors.ts';
import { assertName, parseStreamName, type StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { refuseInsecure } from '../../wire/http-options.ts';
import { parseJson } from '../../wire/answers.ts';
import { Alternates } from '../alternates.ts';
import { HttpReceiver } from '../http-receiver.ts';
import { SplitDeliveries, type EventOutcomes } from '../send-splitting.ts';
import type {
  DeliveryOutcome,
  DirectSink,
  EncodedEvent,
  RejectedEvent,
  SinkContext,
  Slice,
} from '../sink.ts';
import { itemOutcomes, ItemsRefused, type ItemOutcome } from './bulk-answer.ts';
import { bulkBody } from './bulk-body.ts';
import type { ElasticsearchSinkOptions } from './options.ts';

/** Stores events in Elasticsearch or OpenSearch. Connects to nothing yet. */
export function createElasticsearchSink(
  name: string,
  options: ElasticsearchSinkOptions,
  format: Format,
  context: SinkContext,
): DirectSink {
  assertName('sink', name);
  for (const url of options.urls) refuseInsecure(url, options.allowInsecure);
  return new ElasticsearchSink(name, options, format, context);
}

/** What is read of an answer; all of it may be some hundred bytes for every event that is there already. */
const answerParts =
  'errors,error.type,error.reason,items.*.status,items.*.error.type,items.*.error.reason';

class ElasticsearchSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #options: ElasticsearchSinkOptions;
  readonly #format: Format;
  readonly #context: SinkContext;
  readonly #receiver: HttpReceiver;
  readonly #urls: Alternates<string>;
  readonly #deliveries = new SplitDeliveries();

  constructor(
    name: string,
    options: ElasticsearchSinkOptions,
    format: Format,
    context: SinkContext,
  ) {
    this.name = name;
    this.#options = options;
    this.#format = format;
    this.#context = context;
    this.#receiver = new HttpReceiver(options, options.compression, context);
    this.#urls = new Alternates(options.urls, 'failover');
  }

  async deliver(slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    signal.throwIfAborted();
    const base = this.#urls.next();
    try {
      return await this.#deliverTo(base, slice, signal);
    } catch (error) {
      this.#urls.failed(base);
      throw error;
    }
  }

  /** To every node, as each may be wrong in its own way. */
  async probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    const outcomes: DeliveryOutcome[] = [];
    for (const base of this.#urls.all) outcomes.push(await this.#deliverTo(base, test, signal));
    return outcomes.at(-1) ?? { rejected: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver[Symbol.asyncDispose]();
  }

  async #deliverTo(base: string, slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { stream } = slice;
    const url = this.#url(base, stream);
    return this.#deliveries.deliver(slice, async (events) => {
      const answer = await this.#post(url, events, stream, signal);
      if (answer.status === 413) return { tooLarge: 'Elasticsearch takes no request of this size' };
      return sorted(events, this.#outcomes(answer, url, events.length), url);
    });
  }

  async #post(
    url: URL,
    events: readonly EncodedEvent[],
    stream: StreamName,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers = { ...(await this.#credentials()), 'content-type': 'application/x-ndjson' };
    const body = bulkBody(events, this.#format, stream);
    return this.#receiver.post({ url, headers, body }, signal);
  }

  #outcomes(answer: HttpAnswer, url: URL, count: number): readonly ItemOutcome[] {
    if (answer.status !== 200) throw this.#receiver.failure(answer, url);
    try {
      const outcomes = itemOutcomes(parseJson(answer.body), count);
      if (outcomes === undefined) throw this.#receiver.failure(answer, url);
      return outcomes;
    } catch (error) {
      if (!(error instanceof ItemsRefused)) throw error;
      throw new AppError('sink_refused', `${url.origin}${url.pathname}: ${error.message}`);
    }
  }

  #url(base: string, stream: StreamName): URL {
    const { tenant, feed } = parseStreamName(stream);
    const { index, pipeline } = this.#options;
    const name = index.replaceAll('{tenant}', tenant).replaceAll('{feed}', feed);
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(name)}/_bulk`;
    url.searchParams.set('filter_path', answerParts);
    if (pipeline !== undefined) url.searchParams.set('pipeline', pipeline);
    return url;
  }

  async #credentials(): Promise<Readonly<Record<string, string>>> {
    const { apiKey, username, password } = this.#options;
    const { readSecret } = this.#context;
    if (apiKey !== undefined) {
      return { authorization: `ApiKey ${(await readSecret(apiKey)).reveal()}` };
    }
    if (username === undefined || password === undefined) return {};
    const pair = `${username}:${(await readSecret(password)).reveal()}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
}

function sorted(
  events: readonly EncodedEvent[],
  outcomes: readonly ItemOutcome[],
  { origin }: URL,
): EventOutcomes {
  const rejected: RejectedEvent[] = [];
  const postponed: EncodedEvent[] = [];
  for (const [index, event] of events.entries()) {
    const outcome = outcomes[index] ?? 'retry';
    if (outcome === 'retry') postponed.push(event);
    else if (outcome !== 'taken') {
      rejected.push({ position: event.position, reason: outcome.poisoned });
    }
  }
  if (postponed.length === 0) return { rejected };
  const message = `${origin} had no room for ${postponed.length} of ${events.length} events`;
  const error = new AppError('sink_unavailable', message);
  return { rejected, postponed: { events: postponed, error } };
}
