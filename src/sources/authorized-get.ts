import type { Secret, SecretReference } from '../core/secret.ts';
import type { HttpAnswer, HttpClient } from '../lib/http-client.ts';
import { AccessToken } from './access-token.ts';
import { sourceError } from './answer-errors.ts';
import type { SourceContext } from './source.ts';

/** Fetches with credentials. Rejects as `Source.pull` does when no answer comes. */
export interface AuthorizedGet {
  get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer>;
  /** To be called when a 401 or 403 was final: whatever was kept of the credentials is dropped. */
  refused(): void;
}

/** HTTP Basic; the password is read anew for every request. */
export function basicGet(
  http: HttpClient,
  username: string,
  password: SecretReference,
  { readSecret }: SourceContext,
): AuthorizedGet {
  return {
    get: async (url, headers, signal) => {
      const authorization = basic(username, await readSecret(password));
      return get(http, url, { ...headers, authorization }, signal);
    },
    refused: () => {},
  };
}

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: SecretReference;
  readonly tokenUrl: string;
}

/**
 * OAuth 2.0 client credentials. A token that was good once is replaced, once, when it is answered
 * with 401 or 403; a new one that is refused stays so.
 */
export class BearerGet implements AuthorizedGet {
  readonly #http: HttpClient;
  readonly #token: AccessToken;
  #accepted: Secret | undefined;

  constructor(http: HttpClient, credentials: ClientCredentials, context: SourceContext) {
    const { clientId, clientSecret, tokenUrl } = credentials;
    const { clock, readSecret } = context;
    const authorization = async () => basic(clientId, await readSecret(clientSecret));
    this.#http = http;
    this.#token = new AccessToken({ http, clock, url: tokenUrl, authorization });
  }

  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const token = await this.#token.get(signal);
    const answer = await this.#getWith(token, url, headers, signal);
    const isRefused = answer.status === 401 || answer.status === 403;
    if (!isRefused || this.#accepted !== token) return answer;
    this.#token.forget();
    return this.#getWith(await this.#token.get(signal), url, headers, signal);
  }

  refused(): void {
    this.#token.forget();
  }

  async #getWith(
    token: Secret,
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const authorization = `Bearer ${token.reveal()}`;
    const answer = await get(this.#http, url, { ...headers, authorization }, signal);
    if (answer.status === 200) this.#accepted = token;
    return answer;
  }
}

/** `/token` beside `url` when the configuration names no other place. */
export function tokenUrlOf(url: string, tokenUrl: string | undefined): string {
  return tokenUrl ?? `${url.replace(/\/$/, '')}/token`;
}

function basic(username: string, password: Secret): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

async function get(
  http: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  try {
    return await http.send({ method: 'GET', url, headers }, signal);
  } catch (error) {
    throw sourceError(error);
  }
}
