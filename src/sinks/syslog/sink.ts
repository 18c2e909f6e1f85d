import type { StreamName } from '../../core/stream.ts';
import { assertName } from '../../core/stream.ts';
import {
  allTaken,
  type DeliveryOutcome,
  type DirectSink,
  type SinkContext,
  type Slice,
} from '../sink.ts';
import type { ConnectionContext } from './connection.ts';
import { deliverOverRelp } from './deliver-over-relp.ts';
import { deliverOverStream } from './deliver-over-stream.ts';
import { deliverOverUdp } from './deliver-over-udp.ts';
import { Alternates } from '../alternates.ts';
import { parseEndpoint, type Endpoint } from './endpoint.ts';
import { framings } from './framing.ts';
import { compileMessage, type MessageOptions, type MessageWriter } from './message.ts';
import { messageBytesMax, transports, type SyslogSinkOptions } from './options.ts';

/** What the lines are, and what their headers say. */
export type LineOptions = Pick<
  MessageOptions,
  'format' | 'hostname' | 'facility' | 'enterpriseNumber'
>;

/** Sends lines to syslog receivers. Connects to nothing yet. */
export function createSyslogSink(
  name: string,
  options: SyslogSinkOptions,
  lines: LineOptions,
  context: SinkContext,
): DirectSink {
  assertName('sink', name);
  return new SyslogSink(name, options, lines, context);
}

/** syslog-ng closes every connection beyond ten, by default, and rsyslog beyond 200. */
const connectionsMax = 8;

class SyslogSink implements DirectSink {
  readonly kind = 'direct';
  readonly deliveriesAtOnceMax = connectionsMax;
  readonly name: string;
  readonly #options: SyslogSinkOptions;
  readonly #messageOptions: MessageOptions;
  readonly #context: SinkContext;
  readonly #connection: ConnectionContext;
  readonly #endpoints: Alternates<Endpoint>;
  readonly #writers = new Map<StreamName, MessageWriter>();

  constructor(name: string, options: SyslogSinkOptions, lines: LineOptions, context: SinkContext) {
    this.name = name;
    this.#options = options;
    this.#messageOptions = {
      ...lines,
      header: options.header,
      sizeBytesMax: messageBytesMax(options),
    };
    this.#context = context;
    this.#connection = {
      clock: context.clock,
      timeoutMs: options.timeout,
      tls: transports[options.transport].isSecure ? options.tls : undefined,
      readSecret: context.readSecret,
    };
    this.#endpoints = new Alternates(options.endpoints.map(parseEndpoint), options.several);
  }

  async deliver(slice: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    signal.throwIfAborted();
    const endpoint = this.#endpoints.next();
    try {
      return await this.#deliverTo(endpoint, slice, signal);
    } catch (error) {
      this.#endpoints.failed(endpoint);
      throw error;
    }
  }

  /** To every endpoint, as each may be wrong in its own way. */
  async probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    const outcomes: DeliveryOutcome[] = [];
    for (const endpoint of this.#endpoints.all) {
      outcomes.push(await this.#deliverTo(endpoint, test, signal));
    }
    return { rejected: outcomes.flatMap(({ rejected }) => rejected) };
  }

  /** Every batch has a connection of its own, so that there is nothing left to close. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #deliverTo(
    endpoint: Endpoint,
    slice: Slice,
    signal: AbortSignal,
  ): Promise<DeliveryOutcome> {
    const message = this.#writer(slice.stream);
    const { transport, framing = 'octet-counting', datagramsPerSecond, timeout } = this.#options;
    if (transport === 'udp') {
      const { clock } = this.#context;
      const context = { clock, perSecond: datagramsPerSecond, timeoutMs: timeout };
      await deliverOverUdp(endpoint, slice.events.map(message), context, signal);
      return allTaken;
    }
    if (transport === 'tcp' || transport === 'tls') {
      const frames = slice.events.map((event) => framings[framing](message(event)));
      await deliverOverStream(endpoint, frames, this.#connection, signal);
      return allTaken;
    }
    const messages = slice.events.map((event) => ({
      position: event.position,
      message: message(event),
    }));
    return { rejected: await deliverOverRelp(endpoint, messages, this.#connection, signal) };
  }

  #writer(stream: StreamName): MessageWriter {
    let writer = this.#writers.get(stream);
    writer ??= compileMessage(this.#messageOptions, stream);
    this.#writers.set(stream, writer);
    return writer;
  }
}
