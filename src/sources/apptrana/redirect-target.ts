import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { readFile } from 'node:fs/promises';
import { AppError, errorMessage } from '../../core/errors.ts';
import type { SecretReader } from '../../core/secret.ts';
import { userAgent } from '../../lib/http-client.ts';
import type { HttpOptions } from '../../wire/http-options.ts';

/** An answer whose body is of no interest. */
export interface RedirectAnswer {
  readonly status: number;
  readonly date: string | null;
  readonly location: string | null;
}

/**
 * Asks `url` and gives back where it redirects to. Nobody goes there: the place stands for the
 * customer's own web server, and only what is written in its query is of interest. Rejects with
 * `source_unavailable`, or with the reason of `signal`.
 */
export async function redirectTarget(
  url: URL,
  options: HttpOptions,
  readSecret: SecretReader,
  signal: AbortSignal,
): Promise<RedirectAnswer> {
  const undici = await import('undici'); // here, because most services start without it
  const dispatcher = await openDispatcher(undici, options, readSecret);
  const place = `${url.origin}${url.pathname}`;
  const deadline = AbortSignal.timeout(options.requestTimeout);
  try {
    const { statusCode, headers } = await undici.request(url, {
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': userAgent,
      },
      dispatcher,
      signal: AbortSignal.any([signal, deadline]),
    });
    return { status: statusCode, date: one(headers['date']), location: one(headers['location']) };
  } catch (error) {
    signal.throwIfAborted();
    const reason = deadline.aborted
      ? `no answer within ${options.requestTimeout} ms`
      : errorMessage(error instanceof Error ? (error.cause ?? error) : error);
    throw new AppError('source_unavailable', `${place}: ${reason}`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
}

/** The first of the headers with that name. */
function one(values: string | readonly string[] | undefined): string | null {
  return [values].flat()[0] ?? null;
}

async function openDispatcher(
  { Agent, ProxyAgent }: typeof Undici,
  options: HttpOptions,
  readSecret: SecretReader,
): Promise<Dispatcher> {
  const { ca, clientCertificate, proxy, requestTimeout } = options;
  const tls = {
    ...(ca === undefined ? {} : { ca: await readPem(ca) }),
    ...(clientCertificate === undefined
      ? {}
      : {
          cert: await readPem(clientCertificate.certificate),
          key: (await readSecret(clientCertificate.key)).reveal(),
        }),
  };
  const common = {
    connectTimeout: requestTimeout,
    headersTimeout: requestTimeout,
    bodyTimeout: requestTimeout,
  };
  if (proxy === undefined) return new Agent({ ...common, connect: tls });
  const { url, username, password } = proxy;
  if (username === undefined || password === undefined) {
    return new ProxyAgent({ ...common, uri: url, requestTls: tls });
  }
  const credential = `${username}:${(await readSecret(password)).reveal()}`;
  const token = `Basic ${Buffer.from(credential).toString('base64')}`;
  return new ProxyAgent({ ...common, uri: url, requestTls: tls, token });
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `${path} cannot be read: ${errorMessage(error)}`;
    throw new AppError('config_unreadable', message, { cause: error });
  }
}
