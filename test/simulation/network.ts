import { Response } from 'undici';
import type { Fetch, FetchRequest } from '../../src/lib/http-client.ts';
import { HttpFailure } from '../../src/lib/http-client.ts';
import type { FaultKind } from './chaos.ts';
import type { Life, Machine, World } from './machine.ts';

/** What a server answers, before anything happens to it. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export type Serve = (url: URL, request: FetchRequest) => Promise<PlainAnswer>;

/** A server that can be reached: the machine it runs on and what its process answers. */
export interface Host {
  readonly machine: Machine;
  /** Undefined while nobody listens. */
  serve(): Serve | undefined;
}

export type Answered = (url: URL, request: FetchRequest, answer: PlainAnswer) => void;

const timeoutMs = 60_000;
const stormStatuses = [401, 403, 408, 429, 500, 502, 503, 504] as const;

interface Sending {
  readonly what: string;
  readonly life: Life | undefined;
}

/** A process that has died may have been ahead of what it stored: see docs/RELIABILITY.md. */
interface EarlierAnswer {
  readonly answer: PlainAnswer;
  readonly life: Life | undefined;
}

/** The way between clients and one host, on which requests and answers get lost. */
export class Network {
  readonly #world: World;
  readonly #host: Host;
  readonly #onIntact: Answered;
  /** The last good answer that each client got from each path, which a bad proxy may give again. */
  readonly #earlier = new Map<string, EarlierAnswer>();
  #storm: { readonly status: number; requestsLeft: number } | undefined;

  /** `onIntact` hears of answers that were given and reach the client as they were. */
  constructor(world: World, host: Host, onIntact: Answered = () => {}) {
    this.#world = world;
    this.#host = host;
    this.#onIntact = onIntact;
  }

  /** `fetch` for a process; for somebody who does not die without `life`. */
  fetchFor(life: Life | undefined): Fetch {
    return async (url, request) => {
      const what = `${request.method} ${url.pathname}`;
      const { random } = this.#world;
      await (life?.step(`sends ${what}`, () => {}) ?? this.#world.scheduler.wait(1));
      const answer = await this.#exchange(url, request, { what, life });
      await (life ?? this.#world.scheduler).wait(random.integer(1, 40));
      return answer;
    };
  }

  async #exchange(url: URL, request: FetchRequest, { what, life }: Sending): Promise<Response> {
    const { chaos, scheduler, random } = this.#world;
    await scheduler.wait(random.integer(1, 40));
    const stormy = this.#stormyAnswer(what);
    if (stormy !== undefined) return toResponse(stormy);
    if (this.#happens('request lost', what)) throw reset();
    if (this.#happens('no answer', what)) return this.#timesOut(what);
    const details = chaos.details('network');
    if (this.#happens('answer garbage', what)) return toResponse(details.pick(garbage));
    // No cache keeps the answers to a POST.
    const earlier = request.method === 'GET' ? this.#earlier.get(what) : undefined;
    const isOffered = earlier !== undefined && earlier.life === life;
    if (isOffered && this.#happens('answer stale', what)) return toResponse(earlier.answer);
    if (this.#happens('request repeated', what)) this.#serve(url, request).catch(() => {});
    const answer = await Promise.race([this.#serve(url, request), this.#timesOut(what)]);
    this.#world.note(`answer ${answer.status} ${answer.body.length} bytes to ${what}`);
    if (answer.status === 200) this.#earlier.set(what, { answer, life });
    if (this.#happens('answer lost', what)) throw reset();
    const cut = details.integer(0, answer.body.length);
    if (this.#happens('answer truncated', what)) return truncated(answer, cut);
    if (this.#happens('answer broken off', what)) {
      return toResponse({ ...answer, body: answer.body.subarray(0, cut) });
    }
    this.#onIntact(url, request, answer);
    return toResponse(answer);
  }

  async #serve(url: URL, request: FetchRequest): Promise<PlainAnswer> {
    const { life } = this.#host.machine;
    const serve = this.#host.serve();
    if (life === undefined || serve === undefined) throw refused();
    const died = life.over.then(() => {
      throw reset();
    });
    return Promise.race([serve(url, request), died]);
  }

  async #timesOut(what: string): Promise<never> {
    await this.#world.scheduler.wait(timeoutMs);
    throw new HttpFailure('timed_out', `no answer to ${what} within ${timeoutMs} ms`);
  }

  /** A gateway that refuses everything for a while. */
  #stormyAnswer(what: string): PlainAnswer | undefined {
    if (this.#storm === undefined && this.#happens('storm of refusals', what)) {
      const details = this.#world.chaos.details('storm');
      this.#storm = { status: details.pick(stormStatuses), requestsLeft: details.integer(1, 8) };
    }
    const storm = this.#storm;
    if (storm === undefined) return undefined;
    storm.requestsLeft -= 1;
    if (storm.requestsLeft <= 0) this.#storm = undefined;
    const retryAfter = storm.status === 429 ? ([['retry-after', '7']] as const) : [];
    this.#world.note(`the gateway answers ${storm.status} to ${what}`);
    const body = Buffer.from('{"message":"the gateway says no"}');
    return { status: storm.status, headers: retryAfter, body };
  }

  #happens(kind: FaultKind, what: string): boolean {
    return this.#world.chaos.happens(kind, what);
  }
}

const json = [['content-type', 'application/json']] as const;
const garbage: readonly PlainAnswer[] = [
  {
    status: 200,
    headers: [['content-type', 'text/html']],
    body: Buffer.from('<html>Hello</html>'),
  },
  { status: 200, headers: json, body: Buffer.alloc(0) },
  { status: 200, headers: json, body: Buffer.from('{"events":[{"eventID":') },
  { status: 200, headers: json, body: Buffer.from('null') },
  { status: 200, headers: json, body: Buffer.from('{}') },
  { status: 200, headers: json, body: Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22]) },
  { status: 302, headers: [['location', 'https://login.example.com/']], body: Buffer.alloc(0) },
  { status: 204, headers: [], body: Buffer.alloc(0) },
  { status: 200, headers: [['content-type', 'text/plain']], body: Buffer.from('Service OK\n') },
];

export function toResponse({ status, headers, body }: PlainAnswer): Response {
  const withoutBody = status === 204 || status === 304;
  return new Response(withoutBody ? null : body, { status, headers: copyOf(headers) });
}

/** The connection breaks in the middle of the body, as it does when a length was promised. */
function truncated({ status, headers, body }: PlainAnswer, at: number): Response {
  let sent = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (sent || at === 0) controller.error(reset());
      else controller.enqueue(body.subarray(0, at));
      sent = true;
    },
  });
  return new Response(stream, { status, headers: copyOf(headers) });
}

function copyOf(headers: PlainAnswer['headers']): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}

function reset(): Error {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  return new TypeError('fetch failed', { cause });
}

function refused(): Error {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  return new TypeError('fetch failed', { cause });
}
