import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../lib/http-client.ts';
import { rememberToken } from '../../lib/known-secrets.ts';
import { answerError, sourceError } from '../answer-errors.ts';
import type { SourceContext } from '../source.ts';
import { apiUrl } from './api-url.ts';
import type { ApptranaOptions } from './options.ts';
import type { ServerClock } from './server-clock.ts';

/** "Valid for 24 hours"; taken when the answer does not say. */
const defaultLifeSeconds = 86_400;
/** A token is renewed this long before its end, or at half of a short life. */
const renewBeforeMs = 60_000;

const tokenAnswer = z.object({
  access_token: z.string().regex(/^[!-~]{1,8192}$/),
  expires_in: z.coerce.number().positive().catch(defaultLifeSeconds),
});

interface Parts {
  readonly options: ApptranaOptions;
  readonly http: HttpClient;
  readonly serverClock: ServerClock;
  readonly context: SourceContext;
}

/**
 * Access tokens by any of the three ways that the service accepts, kept until shortly before their
 * end. Until then the service answers with the same token again and its remaining life.
 */
export class AccessTokens {
  readonly #parts: Parts;
  #current: { readonly token: Secret; readonly renewAtMs: number } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `isNew` when it was issued just now. Rejects as `Source.pull` does. */
  async get(signal: AbortSignal): Promise<{ readonly token: Secret; readonly isNew: boolean }> {
    const current = this.#current;
    if (current !== undefined && this.#clock.monotonicMs() < current.renewAtMs) {
      return { token: current.token, isNew: false };
    }
    return { token: await this.#issue(signal), isNew: true };
  }

  /** The next `get` asks for a new one. */
  forget(): void {
    this.#current = undefined;
  }

  get #clock(): Clock {
    return this.#parts.context.clock;
  }

  async #issue(signal: AbortSignal): Promise<Secret> {
    const request = await this.#tokenRequest(signal);
    const sentMs = this.#clock.monotonicMs();
    const answer = await this.#send(request, signal);
    if (answer.status !== 200) throw answerError('getAuthToken', answer, this.#clock.nowMs());
    const parsed = tokenAnswer.safeParse(parseJson(answer.body.toString()));
    if (!parsed.success) {
      // Not quoted: an answer with an unexpected shape may hold a token all the same.
      const type = answer.headers.get('content-type') ?? 'no content type';
      throw new AppError(
        'source_misbehaved',
        `getAuthToken answered 200 (${type}) without a token`,
      );
    }
    rememberToken(parsed.data.access_token, this);
    const token = new Secret(parsed.data.access_token);
    const lifeMs = parsed.data.expires_in * 1000;
    const usableMs = Math.max(lifeMs - renewBeforeMs, lifeMs / 2);
    this.#current = { token, renewAtMs: sentMs + usableMs };
    return token;
  }

  async #tokenRequest(signal: AbortSignal): Promise<HttpRequest> {
    const { options, context } = this.#parts;
    const { apiId, auth } = options;
    const key = (await context.readSecret(options.apiKey)).reveal();
    if (auth === 'basic') {
      const authorization = `Basic ${Buffer.from(`${apiId}:${key}`).toString('base64')}`;
      return this.#post({}, { authorization });
    }
    const credentials = { client_id: apiId, client_secret: key };
    return auth === 'authorize'
      ? this.#post({ ...credentials, code: await this.#authorizationCode(signal) })
      : this.#post({ ...credentials, grant_type: 'client_credentials' });
  }

  #post(
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): HttpRequest {
    return {
      method: 'POST',
      url: apiUrl(this.#parts.options.url, 'getAuthToken'),
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams(form).toString(),
    };
  }

  /**
   * The code comes in the query of the address that the customer registered, and that nobody goes to:
   * it stands for the customer's own web server.
   */
  async #authorizationCode(signal: AbortSignal): Promise<string> {
    const { url: baseUrl, apiId } = this.#parts.options;
    const url = apiUrl(baseUrl, 'authorize');
    url.searchParams.set('client_id', apiId);
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const request = { method: 'GET', url, headers, wantsRedirect: true } as const;
    return codeIn(await this.#send(request, signal), this.#clock.nowMs());
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { http, serverClock } = this.#parts;
    const sentMs = this.#clock.monotonicMs();
    const answer = await http.send(request, signal).catch((error: unknown) => {
      throw sourceError(error);
    });
    serverClock.learn(answer.headers.get('date'), sentMs);
    return answer;
  }
}

/** Throws `source_unavailable`, `source_refused` or `source_misbehaved`. */
function codeIn(answer: HttpAnswer, nowMs: number): string {
  const { status, headers } = answer;
  if (status >= 400) throw answerError('authorize', answer, nowMs);
  const location = headers.get('location');
  const query = /\?([^#]*)/.exec(location ?? '')?.[1] ?? '';
  // Not URLSearchParams, which takes a plus sign that was not encoded for a blank.
  const code = /(?:^|&)code=([^&]+)/.exec(query)?.[1];
  if (status >= 300 && code !== undefined) return decoded(code);
  const error = /(?:^|&)error=([\w.-]{1,64})/.exec(query)?.[1];
  if (error !== undefined) throw new AppError('source_refused', `authorize answered ${error}`);
  const what = status < 300 ? 'without a redirect' : 'with a redirect that holds no code';
  throw new AppError('source_misbehaved', `authorize answered ${status} ${what}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
