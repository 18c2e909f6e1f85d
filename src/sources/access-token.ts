import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { HttpClient } from '../lib/http-client.ts';
import { rememberToken } from '../lib/known-secrets.ts';
import { answerError, sourceError } from './answer-errors.ts';

/** Druva's tokens live 30 minutes, on GovCloud 15; taken when the answer does not say. */
const defaultLifeSeconds = 900;
/** A token is renewed this long before its end, or at half of a short life. */
const renewBeforeMs = 60_000;

const tokenAnswer = z.object({
  access_token: z.string().regex(/^[!-~]{1,8192}$/),
  expires_in: z.coerce.number().positive().catch(defaultLifeSeconds),
});

export interface AccessTokenOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly url: string;
  /** Value of `Authorization` for the token request, read anew every time. */
  readonly authorization: () => Promise<string>;
}

/** An OAuth 2.0 access token by client credentials (RFC 6749, 4.4), kept until shortly before its end. */
export class AccessToken {
  readonly #options: AccessTokenOptions;
  #current: { readonly token: Secret; readonly renewAtMs: number } | undefined;

  constructor(options: AccessTokenOptions) {
    this.#options = options;
  }

  /** The kept token while it lives, otherwise a new one. Rejects as `Source.pull` does. */
  async get(signal: AbortSignal): Promise<Secret> {
    const current = this.#current;
    const lives = current !== undefined && this.#options.clock.monotonicMs() < current.renewAtMs;
    if (lives) return current.token;
    return this.#issue(signal);
  }

  /** The next `get` asks for a new one. */
  forget(): void {
    this.#current = undefined;
  }

  async #issue(signal: AbortSignal): Promise<Secret> {
    const { http, clock, url, authorization } = this.#options;
    const askedAtMs = clock.monotonicMs();
    const answer = await http
      .send(
        {
          method: 'POST',
          url: new URL(url),
          headers: {
            authorization: await authorization(),
            accept: 'application/json',
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: 'grant_type=client_credentials&scope=read',
        },
        signal,
      )
      .catch((error: unknown) => {
        throw sourceError(error);
      });
    if (answer.status !== 200) throw answerError('the token request', answer, clock.nowMs());
    const parsed = tokenAnswer.safeParse(parseJson(answer.body.toString()));
    if (!parsed.success) {
      // Not quoted: an answer with an unexpected shape may hold a token all the same.
      const what = `${answer.status} (${answer.headers.get('content-type') ?? 'no content type'})`;
      throw new AppError('source_misbehaved', `the token request answered ${what} without a token`);
    }
    rememberToken(parsed.data.access_token, this);
    const token = new Secret(parsed.data.access_token);
    const lifeMs = parsed.data.expires_in * 1000;
    const usableMs = Math.max(lifeMs - renewBeforeMs, lifeMs / 2);
    this.#current = { token, renewAtMs: askedAtMs + usableMs };
    return token;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
