import { assertName, type StreamName } from '../../core/stream.ts';
import { refuseInsecure } from '../../wire/http-options.ts';
import { readHeaders } from '../configured-headers.ts';
import { HttpReceiver } from '../http-receiver.ts';
import { SplitDeliveries, type RequestOutcome } from '../send-splitting.ts';
import type { DeliveryOutcome, DirectSink, EncodedEvent, SinkContext, Slice } from '../sink.ts';
import { logsRequest } from './logs-request.ts';
import type { OtlpSinkOptions } from './options.ts';
import { refusedRecords } from './partial-success.ts';

/** Sends events as log records over OTLP/HTTP. Connects to nothing yet. */
export function createOtlpSink(
  name: string,
  options: OtlpSinkOptions,
  context: SinkContext,
): DirectSink {
  assertName('sink', name);
  refuseInsecure(options.url, options.allowInsecure);
  return new OtlpSink(name, options, context);
}

class OtlpSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #options: OtlpSinkOptions;
  readonly #context: SinkContext;
  readonly #receiver: HttpReceiver;
  readonly #deliveries = new SplitDeliveries();

  constructor(name: string, options: OtlpSinkOptions, context: SinkContext) {
    this.name = name;
    this.#options = options;
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
   * A receiver that takes a part of a request says how many it refused and not which. They are found
   * by sending smaller requests, in which what it did take comes again under the same id.
   */
  async #send(
    events: readonly EncodedEvent[],
    stream: StreamName,
    signal: AbortSignal,
  ): Promise<RequestOutcome> {
    const url = this.#url();
    const nowMs = this.#context.clock.nowMs();
    const body = logsRequest(events, stream, this.#options.serviceName, nowMs);
    const configured = await readHeaders(this.#options.headers, this.#context.readSecret);
    const headers = { ...configured, 'content-type': 'application/json' };
    const answer = await this.#receiver.post({ url, headers, body }, signal);
    if (answer.status === 413) return { tooLarge: 'the receiver takes no request of this size' };
    if (answer.status === 400) return { poisoned: 'the receiver refuses it with 400' };
    if (answer.status < 200 || answer.status > 299) throw this.#receiver.failure(answer, url);
    const refused = refusedRecords(answer.body);
    if (refused === 'unreadable') throw this.#receiver.refused(answer, url);
    return refused === 'none' ? 'taken' : { poisoned: `the receiver refuses it: ${refused.words}` };
  }

  #url(): URL {
    const url = new URL(this.#options.url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/logs`;
    return url;
  }
}
