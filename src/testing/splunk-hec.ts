import type { PeerAnswer, PeerRequest } from './http-peer.ts';

const texts: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
  18: [503, 'HEC is unhealthy, queues are full'],
  19: [503, 'HEC is unhealthy, ack service unavailable'],
  20: [503, 'HEC is unhealthy, queues are full, ack service unavailable'],
  21: [400, 'Invalid token'],
  22: [400, 'Token is disabled'],
};

export interface SplunkHecOptions {
  readonly token: string;
  readonly acknowledges?: boolean;
  /** An event that holds this text is refused with code 6. */
  readonly poison?: string;
  readonly indexes?: readonly string[];
  /** Gets every event that is taken; then neither events nor requests are kept here. */
  readonly onTaken?: (event: TakenHecEvent) => void;
}

export interface TakenHecEvent {
  readonly time: number;
  readonly event: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/**
 * A Splunk HTTP Event Collector as Splunk documents it: the event endpoint, its codes, and indexer
 * acknowledgement, whose `true` is told once.
 */
export class SplunkHec {
  readonly taken: TakenHecEvent[] = [];
  readonly rawLines: string[] = [];
  readonly requests: PeerRequest[] = [];
  /** Answered to the next requests instead of what the peer would say, by code; 413 is a status. */
  readonly nextCodes: number[] = [];
  /** Whether acknowledgements are told; while false they stay pending. */
  indexes = true;
  readonly #options: SplunkHecOptions;
  readonly #channels = new Map<string, Channel>();
  #isDisabled = false;

  constructor(options: SplunkHecOptions) {
    this.#options = options;
  }

  disable(): void {
    this.#isDisabled = true;
  }

  /** As a restart does: channels and their acknowledgements are forgotten, and numbered anew. */
  forgetChannels(): void {
    this.#channels.clear();
  }

  answer(request: PeerRequest): PeerAnswer {
    if (!this.#options.onTaken) this.requests.push(request);
    const next = this.nextCodes.shift();
    if (next === 413) return { status: 413 };
    if (next !== undefined) return coded(next);
    const { authorization } = request.headers;
    if (authorization === undefined) return coded(2);
    if (!authorization.startsWith('Splunk ')) return coded(3);
    if (authorization !== `Splunk ${this.#options.token}`) return coded(4);
    if (this.#isDisabled) return coded(1);
    if (request.url.pathname.endsWith('/ack')) return this.#acknowledge(request);
    if (this.#options.acknowledges && !request.headers['x-splunk-request-channel'])
      return coded(10);
    return request.url.pathname.endsWith('/raw') ? this.#takeRaw(request) : this.#take(request);
  }

  #takeRaw(request: PeerRequest): PeerAnswer {
    const lines = request.body.split('\n').filter((line) => line !== '');
    if (lines.length === 0) return coded(5);
    this.rawLines.push(...lines);
    return this.#success(request);
  }

  /** As a whole or not at all. */
  #take(request: PeerRequest): PeerAnswer {
    const { body } = request;
    if (body.trim() === '') return coded(5);
    const events: TakenHecEvent[] = [];
    for (const [index, text] of body.split('\n').entries()) {
      const event = parse(text);
      const isRefused = this.#options.poison !== undefined && text.includes(this.#options.poison);
      if (event === undefined || isRefused) return coded(6, { 'invalid-event-number': index });
      if (event.event === undefined) return coded(12, { 'invalid-event-number': index });
      if (event.event === '') return coded(13, { 'invalid-event-number': index });
      const wanted = event['index'];
      const { indexes } = this.#options;
      if (typeof wanted === 'string' && indexes && !indexes.includes(wanted)) return coded(7);
      events.push(event);
    }
    if (this.#options.onTaken) events.forEach(this.#options.onTaken);
    else this.taken.push(...events);
    return this.#success(request);
  }

  #success({ headers }: PeerRequest): PeerAnswer {
    if (!this.#options.acknowledges) return coded(0);
    const channel = this.#channel(String(headers['x-splunk-request-channel']));
    const ackId = channel.nextAck;
    channel.nextAck += 1;
    channel.unacknowledged.add(ackId);
    return coded(0, { ackId });
  }

  #acknowledge({ body, url }: PeerRequest): PeerAnswer {
    if (!this.#options.acknowledges) return coded(14);
    const name = url.searchParams.get('channel');
    if (name === null) return coded(10);
    const { unacknowledged } = this.#channel(name);
    const { acks }: { acks: readonly number[] } = JSON.parse(body);
    const told = acks.map((id) => [id, this.indexes && unacknowledged.delete(id)]);
    return { status: 200, body: JSON.stringify({ acks: Object.fromEntries(told) }) };
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const channel = { nextAck: 0, unacknowledged: new Set<number>() };
    this.#channels.set(name, channel);
    return channel;
  }
}

/** Acknowledgements are numbered within a channel. */
interface Channel {
  nextAck: number;
  readonly unacknowledged: Set<number>;
}

function coded(code: number, more: Readonly<Record<string, number>> = {}): PeerAnswer {
  const [status, text] = texts[code] ?? [500, 'Unknown'];
  return { status, body: JSON.stringify({ text, code, ...more }) };
}

function parse(text: string): TakenHecEvent | undefined {
  try {
    const event: TakenHecEvent = JSON.parse(text);
    return event;
  } catch {
    return undefined;
  }
}
