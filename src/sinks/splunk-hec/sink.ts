import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { assertName, type StreamName } from '../../core/stream.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { placeWithoutSecrets } from '../../lib/without-secrets.ts';
import { parseJson } from '../../wire/answers.ts';
import { refuseInsecure } from '../../wire/http-options.ts';
import { HttpReceiver } from '../http-receiver.ts';
import { SplitDeliveries, type RequestOutcome } from '../send-splitting.ts';
import type { DeliveryOutcome, DirectSink, EncodedEvent, SinkContext, Slice } from '../sink.ts';
import { eventsBody, metadataOf, rawBody, type LineOptions } from './body.ts';
import type { SplunkHecSinkOptions } from './options.ts';
import { meaningOf, responseCodes } from './response-codes.ts';

/** Sends events to a Splunk HTTP Event Collector. Connects to nothing yet. */
export function createSplunkHecSink(
  name: string,
  options: SplunkHecSinkOptions,
  lines: LineOptions,
  context: SinkContext,
): DirectSink {
  assertName('sink', name);
  refuseInsecure(options.url, options.allowInsecure);
  return new SplunkHecSink(name, options, lines, context);
}

const replySchema = z.object({
  text: z.string().optional(),
  code: z.int(),
  ackId: z.int().optional(),
  'invalid-event-number': z.int().optional(),
});
type Reply = z.output<typeof replySchema>;

const acksSchema = z.object({ acks: z.record(z.string(), z.boolean()) });

const firstPollMs = 100;
const pollMsMax = 5000;

class SplunkHecSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #options: SplunkHecSinkOptions;
  readonly #lines: LineOptions;
  readonly #context: SinkContext;
  readonly #receiver: HttpReceiver;
  readonly #deliveries = new SplitDeliveries();
  /**
   * Acknowledgements are numbered within a channel, and anew when the collector is started again: with
   * one channel for several streams the number of one would be taken for that of another.
   */
  readonly #channels = new Map<StreamName, string>();

  constructor(
    name: string,
    options: SplunkHecSinkOptions,
    lines: LineOptions,
    context: SinkContext,
  ) {
    this.name = name;
    this.#options = options;
    this.#lines = lines;
    this.#context = context;
    this.#receiver = new HttpReceiver(options, options.compression, context);
  }

  async deliver(slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    return this.#deliveries.deliver(slice, (part) => this.#send(part, slice.stream, signal));
  }

  probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    return this.deliver(test, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver[Symbol.asyncDispose]();
  }

  /**
   * A request is acknowledged before the next one is sent: a collector that is started again between
   * two would give both the same number, and the acknowledgement of one pass for that of the other.
   */
  async #send(
    events: readonly EncodedEvent[],
    stream: StreamName,
    signal: AbortSignal,
  ): Promise<RequestOutcome> {
    const { endpoint, acknowledgement } = this.#options;
    const metadata = metadataOf(this.#options, this.#lines, stream);
    const url = this.#url(endpoint, stream);
    if (endpoint === 'raw') {
      for (const [key, value] of Object.entries(metadata)) url.searchParams.set(key, value);
    }
    const body =
      endpoint === 'raw' ? rawBody(events) : eventsBody(events, metadata, this.#lines, stream);
    const headers = await this.#headers(stream);
    const answer = await this.#receiver.post({ url, headers, body }, signal);
    const reply = parseReply(answer);
    const outcome = this.#outcome(answer, reply, url);
    if (outcome !== 'taken' || !acknowledgement) return outcome;
    if (reply?.ackId === undefined) {
      const [, words] = responseCodes[14];
      throw refused(url, `it gave no acknowledgement number: ${words}`);
    }
    await this.#untilAcknowledged(stream, reply.ackId, signal);
    return outcome;
  }

  #outcome(answer: HttpAnswer, reply: Reply | undefined, url: URL): RequestOutcome {
    if (answer.status === 413) return { tooLarge: 'Splunk takes no request of this size' };
    const [meaning, words] = (reply && meaningOf(reply.code)) ?? [];
    const what = `code ${reply?.code}: ${words}`;
    if (meaning === 'poisoned') {
      const at = reply?.['invalid-event-number'];
      return { poisoned: `Splunk refuses it with ${what}`, ...(at !== undefined && { at }) };
    }
    if (meaning === 'operator') throw refused(url, what);
    if (meaning === 'taken' && answer.status === 200) return 'taken';
    throw this.#receiver.failure(answer, url);
  }

  async #untilAcknowledged(stream: StreamName, ackId: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const { acknowledgementTimeout } = this.#options;
    const giveUpMs = clock.monotonicMs() + acknowledgementTimeout;
    const url = this.#url('ack', stream);
    for (let waitMs = firstPollMs; ; waitMs = Math.min(waitMs * 2, pollMsMax)) {
      const body = JSON.stringify({ acks: [ackId] });
      const headers = await this.#headers(stream);
      const answer = await this.#receiver.post({ url, headers, body }, signal);
      if (this.#acknowledged(answer, url).includes(ackId)) return;
      if (clock.monotonicMs() >= giveUpMs) {
        const waited = `${acknowledgementTimeout / 1000} s`;
        throw new AppError('sink_unavailable', `${url.origin} acknowledged nothing for ${waited}`);
      }
      await clock.sleep(waitMs, signal);
      signal.throwIfAborted();
    }
  }

  #acknowledged(answer: HttpAnswer, url: URL): readonly number[] {
    const parsed = acksSchema.safeParse(parseJson(answer.body));
    if (answer.status !== 200 || !parsed.success) {
      this.#outcome(answer, parseReply(answer), url);
      throw this.#receiver.failure(answer, url);
    }
    return Object.entries(parsed.data.acks).flatMap(([id, isDone]) => (isDone ? [Number(id)] : []));
  }

  #url(path: 'event' | 'raw' | 'ack', stream: StreamName): URL {
    const url = new URL(this.#options.url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/services/collector/${path}`;
    if (path !== 'event') url.searchParams.set('channel', this.#channel(stream));
    return url;
  }

  #channel(stream: StreamName): string {
    const channel = this.#channels.get(stream) ?? randomUUID();
    this.#channels.set(stream, channel);
    return channel;
  }

  async #headers(stream: StreamName): Promise<Readonly<Record<string, string>>> {
    const token = await this.#context.readSecret(this.#options.token);
    return {
      authorization: `Splunk ${token.reveal()}`,
      'content-type': 'application/json; charset=utf-8',
      'x-splunk-request-channel': this.#channel(stream),
    };
  }
}

function refused(url: URL, what: string): AppError {
  return new AppError('sink_refused', `${placeWithoutSecrets(url)} refuses: ${what}`);
}

/** Undefined for what is not HEC's: a proxy's page, or nothing. */
function parseReply({ body }: HttpAnswer): Reply | undefined {
  return replySchema.safeParse(parseJson(body)).data;
}
