import { AppError } from '../../core/errors.ts';
import { assertName, parseStreamName, type Position, type StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { refuseInsecure } from '../../wire/http-options.ts';
import { parseJson } from '../../wire/answers.ts';
import { Alternates } from '../alternates.ts';
import { HttpReceiver } from '../http-receiver.ts';
import { sendSplitting, type RequestOutcome } from '../send-splitting.ts';
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

/** What an attempt that failed has left in the index, so that the next need not send it again. */
interface Attempt {
  readonly slice: Slice;
  readonly taken: Set<Position>;
}

class ElasticsearchSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #options: ElasticsearchSinkOptions;
  readonly #format: Format;
  readonly #context: SinkContext;
  readonly #receiver: HttpReceiver;
  readonly #urls: Alternates<string>;
  readonly #attempts = new Map<StreamName, Attempt>();

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
    const attempt = this.#attemptAt(slice);
    const poisoned: RejectedEvent[] = [];
    let postponed = 0;
    const rest = slice.events.filter(({ position }) => !attempt.taken.has(position));
    const { rejected: tooLarge } = await sendSplitting(rest, async (events) => {
      const answer = await this.#post(url, events, stream, signal);
      if (answer.status === 413) return { tooLarge: 'Elasticsearch takes no request of this size' };
      for (const [index, outcome] of this.#outcomes(answer, url, events.length).entries()) {
        const position = events[index]?.position ?? 0;
        if (outcome === 'taken') attempt.taken.add(position);
        else if (outcome === 'retry') postponed += 1;
        else poisoned.push({ position, reason: outcome.poisoned });
      }
      return 'taken' satisfies RequestOutcome;
    });
    if (postponed > 0) {
      const message = `${url.origin} had no room for ${postponed} of ${slice.events.length} events`;
      throw new AppError('sink_unavailable', message);
    }
    this.#attempts.delete(stream);
    return { rejected: [...poisoned, ...tooLarge].toSorted((a, b) => a.position - b.position) };
  }

  /** The attempt before, if that was with the same slice. */
  #attemptAt(slice: Slice): Attempt {
    const known = this.#attempts.get(slice.stream);
    if (known?.slice === slice) return known;
    const attempt = { slice, taken: new Set<Position>() };
    this.#attempts.set(slice.stream, attempt);
    return attempt;
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
