import type * as Undici from 'undici';
import type { Dispatcher, Headers, Response } from 'undici';
import { GrowingBytes } from './growing-bytes.ts';
import { releaseMemory } from './release-memory.ts';
import { withoutSecrets } from './without-secrets.ts';

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

/** What of undici's `fetch` is used. */
export type Fetch = (url: URL, request: FetchRequest) => Promise<Response>;

export interface FetchRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
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
    const place = `${request.url.origin}${request.url.pathname}`;
    try {
      this.#connections ??= openConnections(this.#options);
      const { fetch, release } = await this.#connections;
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, deadline.signal]),
      });
      refuseRedirect(response, place);
      const body = await readBody(response, { bytesMax: responseBytesMax, place, release });
      return { status: response.status, headers: response.headers, body };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HttpFailure) throw error;
      if (deadline.signal.aborted) {
        throw new HttpFailure('timed_out', `no answer from ${place} within ${timeoutMs} ms`);
      }
      throw new HttpFailure('unreachable', `${place}: ${failureReason(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connections = await this.#connections;
    await connections?.close();
  }
}

interface Connections {
  readonly fetch: Fetch;
  /** Told of each piece of a body when it is read. */
  readonly release: (chunk: Uint8Array) => void;
  readonly close: () => Promise<void>;
}

/** Loads undici with the first request: loading it is a seventh of a start, and a service needs none. */
async function openConnections(options: HttpClientOptions): Promise<Connections> {
  if (options.fetch !== undefined) {
    return { fetch: options.fetch, release: () => {}, close: async () => {} };
  }
  const undici = await import('undici');
  const dispatcher = createDispatcher(undici, options);
  return {
    fetch: (url, request) => undici.fetch(url, { ...request, dispatcher }),
    release: releaseMemory,
    close: () => dispatcher.destroy(),
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

function refuseRedirect(response: Response, place: string): void {
  if (response.status < 300 || response.status > 399) return;
  const target = URL.parse(response.headers.get('location') ?? '', place);
  const where =
    target === null ? 'nowhere' : `${target.origin}${partsWithoutSecrets(target.pathname)}`;
  throw new HttpFailure(
    'redirected',
    `${place} answered ${response.status}, redirecting to ${where}`,
  );
}

/** A server may repeat in a path what it was sent in a header. */
function partsWithoutSecrets(path: string): string {
  return path.split('/').map(withoutSecrets).join('/').slice(0, 200);
}

interface BodyReading extends Pick<Connections, 'release'> {
  readonly bytesMax: number;
  readonly place: string;
}

async function readBody(
  response: Response,
  { bytesMax, place, release }: BodyReading,
): Promise<Buffer> {
  const announced = Number(response.headers.get('content-length'));
  // What is announced and does not come is never touched, and takes no memory.
  const body = new GrowingBytes(announced > 0 ? Math.min(announced, bytesMax) : 0);
  // Leaving the loop early cancels the body, which closes the connection.
  for await (const chunk of response.body ?? []) {
    if (body.length + chunk.byteLength > bytesMax) {
      throw new HttpFailure('too_large', `the body from ${place} is larger than ${bytesMax} bytes`);
    }
    body.add(chunk);
    release(chunk);
  }
  return body.finish();
}

/** `fetch` says only "fetch failed"; what happened stands in its cause. */
function failureReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' && !cause.message.includes(cause.code)
    ? `${cause.message} (${cause.code})`
    : cause.message;
}
