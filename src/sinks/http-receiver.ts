import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { explainNetworkError } from '../lib/explain-network-error.ts';
import { type HttpAnswer, HttpClient, HttpFailure } from '../lib/http-client.ts';
import { placeWithoutSecrets } from '../lib/without-secrets.ts';
import { describeAnswer, retryAfterMs } from '../wire/answers.ts';
import { type HttpOptions, openHttpClient } from '../wire/http-options.ts';
import type { SinkContext } from './sink.ts';

const compress = promisify(gzip);
/** Smaller bodies hardly shrink. */
const compressedFromBytes = 1024;

/** What a status most often comes from, for whoever has to put it right. */
const statusWords: Readonly<Record<number, string>> = {
  401: 'the credential is missing or not accepted; check token, key or password',
  403: 'the credential may not do this; check its rights',
  404: 'there is nothing at this address; check the path, and the index if there is one',
  405: 'nothing at this address takes events; check the path',
  415: 'it does not take this kind of body; check format and compression',
};

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A success is one whatever its body, which is left out. */
  readonly statusSuffices?: true;
}

/** A receiver that takes events in HTTP requests. Connects with the first one. */
export class HttpReceiver implements AsyncDisposable {
  readonly #options: HttpOptions;
  readonly #compresses: boolean;
  readonly #context: SinkContext;
  #client: Promise<HttpClient> | undefined;

  constructor(options: HttpOptions, compresses: boolean, context: SinkContext) {
    this.#options = options;
    this.#compresses = compresses;
    this.#context = context;
  }

  /**
   * The answer, whatever its status. Rejects with `sink_unavailable` when there is none, with
   * `sink_refused` when waiting for one cannot help, with the reason of `signal`.
   */
  async post({ body, headers, ...post }: Post, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const sent = await this.#encoded(body, headers);
    const opened = this.#open();
    const client = await opened;
    try {
      return await client.send({ method: 'POST', ...post, ...sent }, signal);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (error.kind === 'unreachable') this.#drop(opened);
      throw unreachable(error, post.url);
    }
  }

  /** A certificate or a password may be the reason: they are read anew for the next request. */
  #drop(opened: Promise<HttpClient>): void {
    if (this.#client !== opened) return; // somebody else has done so already
    this.#client = undefined;
    void opened.then((client) => client.retire()).catch(() => {});
  }

  /** An answer that somebody has to look at, whatever its status. */
  refused(answer: HttpAnswer, url: URL): AppError {
    const words = `${placeWithoutSecrets(url)} answered ${describeAnswer(answer)}`;
    return new AppError('sink_refused', words);
  }

  /** What an answer that is no success means where the protocol says nothing more of it. */
  failure({ status, ...rest }: HttpAnswer, url: URL): AppError {
    const answer = { status, ...rest };
    const words = statusWords[status];
    const lead = words === undefined ? '' : `: ${words}. It`;
    const message = `${placeWithoutSecrets(url)}${lead} answered ${describeAnswer(answer)}`;
    if (status === 429 || status === 408 || status >= 500) {
      const waitMs = retryAfterMs(answer, this.#context.clock.nowMs());
      return new AppError('sink_unavailable', message, { retryAfterMs: waitMs });
    }
    return new AppError('sink_refused', message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.[Symbol.asyncDispose]();
  }

  /** Certificates and secrets are read once it is needed; what cannot be read is tried again. */
  #open(): Promise<HttpClient> {
    const { readSecret, fetch } = this.#context;
    this.#client ??= openHttpClient(this.#options, readSecret, fetch).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #encoded(body: string, headers: Post['headers']) {
    if (!this.#compresses || body.length < compressedFromBytes) return { headers, body };
    const compressed = await compress(body, { level: 1 });
    return { headers: { ...headers, 'content-encoding': 'gzip' }, body: compressed };
  }
}

/** How a connection ends that the receiver does not want any more. */
const closedCodes: ReadonlySet<string | undefined> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
]);

function unreachable(failure: HttpFailure, { host, protocol }: URL): AppError {
  if (failure.kind !== 'unreachable') {
    const code = failure.kind === 'timed_out' ? 'sink_unavailable' : 'sink_refused';
    return new AppError(code, failure.message, { cause: failure });
  }
  const { text, needsOperator, code } = explainNetworkError(failure, host);
  // Under TLS 1.3 the handshake is over for us before the receiver has looked at our certificate.
  const isMaybeCertificate = protocol === 'https:' && closedCodes.has(code);
  const words = isMaybeCertificate
    ? `${text}; one that wants a client certificate, or another one, does so too`
    : text;
  return new AppError(needsOperator ? 'sink_refused' : 'sink_unavailable', words, {
    cause: failure,
  });
}
