import type * as Undici from 'undici';
import type { Dispatcher, Headers } from 'undici';
import { contentCodingsIn, decoded, isKnownCoding } from './content-decoding.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { releaseMemory } from './release-memory.ts';
import { unlessAborted } from './unless-aborted.ts';
import { placeWithoutSecrets } from './without-secrets.ts';

/** Why no usable answer came. */
export type HttpFailureKind = 'unreachable' | 'timed_out' | 'too_large' | 'redirected';

/** No usable answer. The message holds neither credentials nor the query of the address. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly kind: HttpFailureKind;

  constructor(kind: HttpFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface HttpClientOptions {
  /** For one whole exchange: connecting, sending, receiving the last byte. */
  readonly timeoutMs: number;
  /** Of one body, as it is received and again after decompression. */
  readonly responseBytesMax: number;
  readonly tls?: TlsOptions;
  readonly proxy?: ProxyOptions;
  /** Sends requests instead of connections of its own; so a test can play the network. */
  readonly fetch?: Fetch;
}

/** One exchange, in which nothing is followed, decoded or repeated. Says by itself what it can decode. */
export type Fetch = (url: URL, request: FetchRequest) => Promise<FetchAnswer>;

export interface FetchRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the exchange, also while the body is being read. */
  readonly signal: AbortSignal;
}

/** A `Response` is one. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** PEM texts. */
export interface TlsOptions {
  /** Trusted instead of the built-in certification authorities. */
  readonly ca?: string;
  /** The client's own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface ProxyOptions {
  readonly url: string;
  /** Value of `Proxy-Authorization`. */
  readonly authorization?: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A redirect is what is asked for; the body of the answer is not read. */
  readonly wantsRedirect?: true;
  /** A success is one whatever its body, which is left out; it may be endless or in a strange coding. */
  readonly statusSuffices?: true;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Decompressed. */
  readonly body: Buffer;
}

/**
 * Small requests and whole answers over HTTP. Redirects are never followed: credentials go to the
 * configured address and nowhere else.
 */
export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions;
  #connections: Promise<Connections> | undefined;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** Rejects with `HttpFailure`, or with the reason of `signal` when that aborts. */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { timeoutMs, responseBytesMax } = this.#options;
    // `AbortSignal.timeout` would keep all that hangs on the request until its time has come.
    const deadline = new AbortController();
    // The connection keeps the process alive as long as somebody may answer.
    const timer = setTimeout(() => deadline.abort(), timeoutMs).unref();
    const place = placeWithoutSecrets(request.url);
    try {
      this.#connections ??= openConnections(this.#options);
      const { fetch, release } = await this.#connections;
      const answer = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(request.body === undefined ? {} : { body: request.body }),
        signal: AbortSignal.any([signal, deadline.signal]),
      });
      if (request.wantsRedirect === true) return withoutBody(answer, deadline);
      refuseRedirect(answer, request.url, place);
      if (request.statusSuffices === true && answer.status >= 200 && answer.status < 300) {
        return await withoutLittleBody(answer, deadline);
      }
      const body = await readBody(answer, { bytesMax: responseBytesMax, place, release });
      return { status: answer.status, headers: answer.headers, body };
    } catch (error) {
      const isLate = deadline.signal.aborted;
      deadline.abort(); // a body that nobody has read is not waited for
      signal.throwIfAborted();
      if (error instanceof HttpFailure) throw error;
      if (isLate) {
        throw new HttpFailure('timed_out', `no answer from ${place} within ${timeoutMs} ms`);
      }
      throw new HttpFailure('unreachable', `${place}: ${failureReason(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** As to dispose of it, but what is under way may end first. */
  async retire(): Promise<void> {
    const connections = await this.#connections;
    await connections?.retire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connections = await this.#connections;
    await connections?.close();
  }
}

/** There are gateways that refuse programs without a name. */
const commonHeaders = { 'user-agent': 'Tailrace', 'accept-encoding': 'gzip, zstd' } as const;

/** With the given ones, in whatever case their names are written. */
function withCommonHeaders(given: HttpRequest['headers']): HttpRequest['headers'] {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const common = Object.entries(commonHeaders).filter(([name]) => !names.has(name));
  // Space around a value means nothing, and is what a secret's file or variable may end with.
  const values = Object.entries(given).map(([name, value]) => [name, value.trim()] as const);
  return Object.fromEntries([...common, ...values]);
}

function withoutBody({ status, headers }: FetchAnswer, exchange: AbortController): HttpAnswer {
  exchange.abort();
  return { status, headers, body: Buffer.alloc(0) };
}

/** So much of a body that nobody wants is read, as a connection that is read to its end can be kept. */
const discardedBytesMax = 65_536;
const discardedMsMax = 500;

async function withoutLittleBody(
  answer: FetchAnswer,
  exchange: AbortController,
): Promise<HttpAnswer> {
  const { status, headers, body } = answer;
  const timer = setTimeout(() => exchange.abort(), discardedMsMax).unref();
  try {
    for await (const _ of limited(body ?? [], discardedBytesMax, '')) void _;
  } catch {
    exchange.abort();
  } finally {
    clearTimeout(timer);
  }
  return { status, headers, body: Buffer.alloc(0) };
}

interface Connections {
  readonly fetch: Fetch;
  /** Told of each piece of a body when it is read. */
  readonly release: (chunk: Uint8Array) => void;
  readonly close: () => Promise<void>;
  readonly retire: () => Promise<void>;
}

/** Loads undici with the first request: loading it is a seventh of a start, and a service needs none. */
async function openConnections(options: HttpClientOptions): Promise<Connections> {
  if (options.fetch !== undefined) {
    return {
      fetch: options.fetch,
      release: () => {},
      close: async () => {},
      retire: async () => {},
    };
  }
  const undici = await import('undici');
  const dispatcher = createDispatcher(undici, options);
  return {
    fetch: async (url, request) => {
      // Not `fetch`, which takes a large body to pieces: eight times the work to send one.
      const headersSent = withCommonHeaders(request.headers);
      const asking = undici.request(url, { ...request, headers: headersSent, dispatcher });
      // It hears of its signal only once there is a connection, which may never be.
      const { statusCode, headers, body } = await unlessAborted(asking, request.signal);
      return { status: statusCode, headers: new undici.Headers(headerEntries(headers)), body };
    },
    release: releaseMemory,
    close: () => dispatcher.destroy(),
    retire: () => dispatcher.close(),
  };
}

function createDispatcher(
  { Agent, ProxyAgent }: typeof Undici,
  { timeoutMs, tls = {}, proxy }: HttpClientOptions,
): Dispatcher {
  const common = {
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    allowH2: false,
  };
  if (proxy === undefined) return new Agent({ ...common, connect: tls });
  const token = proxy.authorization === undefined ? {} : { token: proxy.authorization };
  return new ProxyAgent({ ...common, uri: proxy.url, requestTls: tls, ...token });
}

/** As `Headers` takes them, each value of a name that comes more than once. */
export function headerEntries(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
}

function refuseRedirect({ status, headers }: FetchAnswer, asked: URL, place: string): void {
  if (status < 300 || status > 399) return;
  const target = URL.parse(headers.get('location') ?? '', asked.href);
  const where = target === null ? 'nowhere' : placeWithoutSecrets(target);
  throw new HttpFailure('redirected', `${place} answered ${status}, redirecting to ${where}`);
}

/** Nobody has a reason to compress more often, and each time costs memory here. */
const codingsMax = 2;

interface BodyReading extends Pick<Connections, 'release'> {
  readonly bytesMax: number;
  readonly place: string;
}

async function readBody(
  { headers, body }: FetchAnswer,
  { bytesMax, place, release }: BodyReading,
): Promise<Buffer> {
  const codings = contentCodingsIn(headers.get('content-encoding'));
  if (!codings.every(isKnownCoding) || codings.length > codingsMax) {
    const names = codings.join(', ').slice(0, 80);
    throw new HttpFailure('unreachable', `${place} answered in codings nobody reads: ${names}`);
  }
  let chunks = limited(body ?? [], bytesMax, place);
  for (const coding of codings.toReversed()) {
    chunks = limited(decoded(chunks, coding), bytesMax, place);
  }
  const announced = codings.length === 0 ? Number(headers.get('content-length')) : 0;
  // What is announced and does not come is never touched, and takes no memory.
  const read = new GrowingBytes(announced > 0 ? Math.min(announced, bytesMax) : 0);
  // Leaving the loop early ends the body, which closes the connection.
  for await (const chunk of chunks) {
    read.add(chunk);
    release(chunk);
  }
  return read.finish();
}

async function* limited(
  chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  bytesMax: number,
  place: string,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      throw new HttpFailure('too_large', `the body from ${place} is larger than ${bytesMax} bytes`);
    }
    yield chunk;
  }
}

/** What happened stands in the cause of an error that says only that something failed. */
function failureReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' && !cause.message.includes(cause.code)
    ? `${cause.message} (${cause.code})`
    : cause.message;
}
