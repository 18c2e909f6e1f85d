import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { Window } from '../../core/window.ts';
import {
  type HttpAnswer,
  type HttpClient,
  HttpFailure,
  type HttpFailureKind,
} from '../../lib/http-client.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { answerError, sourceError } from '../answer-errors.ts';
import type { SourceContext } from '../source.ts';
import { AccessTokens } from './access-tokens.ts';
import { apiUrl } from './api-url.ts';
import { type FoundAttack, openEnvelope } from './envelope.ts';
import type { ApptranaOptions } from './options.ts';
import type { Filter } from './schedule.ts';
import type { ServerClock } from './server-clock.ts';

/** What came of asking for a window. */
export type WindowAnswer =
  | { readonly outcome: 'attacks'; readonly found: readonly FoundAttack[] }
  | { readonly outcome: WindowFailure; readonly error: Error };

/**
 * `tooLarge`: it is for certain that a shorter window is needed. `failed`: the service could not
 * answer, perhaps it can a shorter one. `unreachable`: nothing came, or it broke off; perhaps
 * something shorter gets through. `refused`: 400, the service does not accept the window.
 */
export type WindowFailure = 'tooLarge' | 'failed' | 'unreachable' | 'refused';

/** The wire of the AppTrana SIEM API. */
export class ApptranaClient {
  readonly #options: ApptranaOptions;
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #serverClock: ServerClock;
  readonly #tokens: AccessTokens;
  /** A new one that did not help against 403: that has nothing to do with the token. */
  #vainToken: Secret | undefined;

  constructor(
    options: ApptranaOptions,
    http: HttpClient,
    serverClock: ServerClock,
    context: SourceContext,
  ) {
    this.#options = options;
    this.#http = http;
    this.#clock = context.clock;
    this.#serverClock = serverClock;
    this.#tokens = new AccessTokens({ options, http, serverClock, context });
  }

  /** Resolves once there is an access token, so that the service's clock is known too. */
  async connect(signal: AbortSignal): Promise<void> {
    await this.#tokens.get(signal);
  }

  /**
   * The attacks of a window, which reaches back by the overlap. Rejects as `Source.pull` does with
   * what has nothing to do with the window: credentials, limits, the network.
   */
  async fetchAttacks(filter: Filter, window: Window, signal: AbortSignal): Promise<WindowAnswer> {
    const { token, isNew } = await this.#tokens.get(signal);
    const answer = await this.#ask(token, filter, window, signal);
    if ('outcome' in answer) return answer;
    // 403 may mean a token that was revoked, or an address that is not allowed.
    const mayBeTheToken = answer.status === 403 && !isNew && token !== this.#vainToken;
    if (answer.status !== 401 && !mayBeTheToken) return this.#read(answer);
    this.#tokens.forget();
    if (isNew) throw this.#error(answer);
    const renewed = await this.#tokens.get(signal);
    const again = await this.#ask(renewed.token, filter, window, signal);
    if ('outcome' in again) return again;
    if (again.status === 401) this.#tokens.forget();
    if (again.status === 403) this.#vainToken = renewed.token;
    return this.#read(again);
  }

  async #ask(
    token: Secret,
    { websiteName, eventType }: Filter,
    { fromMs, untilMs }: Window,
    signal: AbortSignal,
  ): Promise<HttpAnswer | WindowAnswer> {
    const { url, overlap, times, sendAuthorisation } = this.#options;
    const bearer = `Bearer ${token.reveal()}`;
    const time = (ms: number) => (times === 'strings' ? String(ms) : ms);
    const sentMs = this.#clock.monotonicMs();
    try {
      const answer = await this.#http.send(
        {
          method: 'POST',
          url: apiUrl(url, 'getAttackInfo'),
          headers: {
            accept: 'application/json',
            'content-type': 'application/json',
            authorization: bearer,
            ...(sendAuthorisation ? { Authorisation: bearer } : {}),
          },
          body: JSON.stringify({
            startTime: time(fromMs - overlap),
            endTime: time(untilMs),
            eventType,
            websiteName,
          }),
        },
        signal,
      );
      this.#serverClock.learn(answer.headers.get('date'), sentMs);
      return answer;
    } catch (error) {
      return failure(error);
    }
  }

  #read(answer: HttpAnswer): WindowAnswer {
    const { status } = answer;
    if (status === 200) {
      const found = openEnvelope(answer);
      if (found !== undefined) return { outcome: 'attacks', found };
      const message = `getAttackInfo answered JSON that breaks off: ${describeAnswer(answer)}`;
      return { outcome: 'failed', error: new AppError('source_misbehaved', message) };
    }
    const error = this.#error(answer);
    if (status === 413) return { outcome: 'tooLarge', error };
    if (status === 400) return { outcome: 'refused', error };
    if (status >= 500 || status === 408) return { outcome: 'failed', error };
    throw error;
  }

  #error(answer: HttpAnswer): AppError {
    return answerError('getAttackInfo', answer, this.#clock.nowMs());
  }
}

const outcomeByFailure = {
  too_large: 'tooLarge',
  timed_out: 'failed',
  unreachable: 'unreachable',
  redirected: undefined,
} as const satisfies Record<HttpFailureKind, WindowFailure | undefined>;

/** A failure that a shorter window may avoid, as an outcome; throws every other one. */
function failure(error: unknown): WindowAnswer {
  const outcome = error instanceof HttpFailure ? outcomeByFailure[error.kind] : undefined;
  const reported = sourceError(error);
  if (outcome === undefined || !(reported instanceof Error)) throw reported;
  return { outcome, error: reported };
}
