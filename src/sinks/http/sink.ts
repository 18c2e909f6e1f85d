import { createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';
import { assertName, type StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { refuseInsecure } from '../../wire/http-options.ts';
import { readHeaders } from '../configured-headers.ts';
import { HttpReceiver } from '../http-receiver.ts';
import { SplitDeliveries, type RequestOutcome } from '../send-splitting.ts';
import type { DeliveryOutcome, DirectSink, EncodedEvent, SinkContext, Slice } from '../sink.ts';
import type { HttpSinkOptions } from './options.ts';

/** Posts events to a webhook. Connects to nothing yet. */
export function createHttpSink(
  name: string,
  options: HttpSinkOptions,
  format: Format,
  context: SinkContext,
): DirectSink {
  assertName('sink', name);
  refuseInsecure(options.url, options.allowInsecure);
  return new HttpSink(name, options, format, context);
}

/** Statuses with which a receiver says that it will never take this content. */
const poisonStatuses: ReadonlySet<number> = new Set([400, 422]);

class HttpSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #options: HttpSinkOptions;
  readonly #isJson: boolean;
  readonly #context: SinkContext;
  readonly #receiver: HttpReceiver;
  readonly #deliveries = new SplitDeliveries();

  constructor(name: string, options: HttpSinkOptions, format: Format, context: SinkContext) {
    this.name = name;
    this.#options = options;
    this.#isJson = format !== 'cef' && format !== 'syslog';
    this.#context = context;
    this.#receiver = new HttpReceiver(options, options.compression, context);
  }

  async deliver(slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    const send = (part: readonly EncodedEvent[]) => this.#send(part, slice.stream, signal);
    if (this.#options.body !== 'single') return this.#deliveries.deliver(slice, send);
    return this.#deliveries.deliver(slice, send, (events) => events.map((event) => [event]));
  }

  probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    return this.deliver(test, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver[Symbol.asyncDispose]();
  }

  async #send(
    events: readonly EncodedEvent[],
    stream: StreamName,
    signal: AbortSignal,
  ): Promise<RequestOutcome> {
    const url = new URL(this.#options.url);
    const body = this.#body(events);
    const headers = await this.#headers(events, stream, body);
    const answer = await this.#receiver.post({ url, headers, body, statusSuffices: true }, signal);
    if (answer.status >= 200 && answer.status < 300) return 'taken';
    if (answer.status === 413) return { tooLarge: 'the receiver takes no request of this size' };
    if (poisonStatuses.has(answer.status)) {
      return { poisoned: `the receiver refuses it with ${describeAnswer(answer)}` };
    }
    throw this.#receiver.failure(answer, url);
  }

  #body(events: readonly EncodedEvent[]): string {
    if (this.#options.body === 'json-array') {
      const items = events.map(({ line }) => (this.#isJson ? line : JSON.stringify(line)));
      return `[${items.join(',')}]`;
    }
    const ending = this.#options.body === 'single' ? '' : '\n';
    return events.map(({ line }) => `${line}${ending}`).join('');
  }

  /** The identity of a batch is that of its first and last event: with it a receiver drops repeats. */
  async #headers(
    events: readonly EncodedEvent[],
    stream: StreamName,
    body: string,
  ): Promise<Readonly<Record<string, string>>> {
    const { signingKey } = this.#options;
    const { readSecret, clock } = this.#context;
    const ends = [events.at(0)?.position ?? 0, events.at(-1)?.position ?? 0];
    return {
      ...(await readHeaders(this.#options.headers, readSecret)),
      'content-type': this.#contentType(),
      'tailrace-stream': stream,
      'tailrace-positions': ends.join('-'),
      'tailrace-events': String(events.length),
      ...(events.length === 1 && { 'tailrace-id': encodeURIComponent(events[0]?.id ?? '') }),
      ...(signingKey && {
        'tailrace-signature': signature(await readSecret(signingKey), body, clock.nowMs()),
      }),
    };
  }

  #contentType(): string {
    const { body } = this.#options;
    if (body === 'json-array') return 'application/json';
    if (!this.#isJson) return 'text/plain; charset=utf-8';
    return body === 'single' ? 'application/json' : 'application/x-ndjson';
  }
}

/** The time is signed too, so that a receiver can refuse what is sent again much later. */
function signature(key: Secret, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', key.reveal()).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
