import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Secret } from '../../core/secret.ts';
import type { HttpAnswer, HttpClient } from '../../lib/http-client.ts';
import { answerError, describeAnswer, sourceError } from '../answer-errors.ts';
import type { SourceContext } from '../source.ts';
import { AccessToken } from './access-token.ts';
import { openEnvelope } from './envelope.ts';
import type { DruvaOptions, DruvaV1Options, DruvaV2Options } from './options.ts';

/** Longer ones do not fit into a request header or line. */
const cursorLengthMax = 8192;

export interface EventsPage {
  readonly outcome: 'page';
  /** JSON objects, or CEF or Syslog lines; whatever else the service sent comes as it is. */
  readonly elements: readonly JsonValue[];
  /** Progress cookie or tracker; undefined when the answer brought none. */
  readonly cursor: string | undefined;
  /** Undefined in v1, which does not say. */
  readonly nextPageExists: boolean | undefined;
}

export interface CursorRefused {
  readonly outcome: 'cursorRefused';
  /** What the service said, for a person. */
  readonly answer: string;
}

/** The wire of one version of the Events API. */
export interface DruvaClient {
  /** The service's oldest events. Rejects as `Source.pull` does. */
  fetchOldest(signal: AbortSignal): Promise<EventsPage>;
  /** The events after `cursor`. Rejects as `Source.pull` does. */
  fetchAfter(cursor: string, signal: AbortSignal): Promise<EventsPage | CursorRefused>;
}

export function createDruvaClient(
  options: DruvaOptions,
  http: HttpClient,
  context: SourceContext,
): DruvaClient {
  return options.api === 'v1'
    ? new ClientV1(options, http, context)
    : new ClientV2(options, http, context);
}

/** HTTP Basic with the administrator's token; the cursor travels as the cookie `progress`. */
class ClientV1 implements DruvaClient {
  readonly #options: DruvaV1Options;
  readonly #http: HttpClient;
  readonly #context: SourceContext;

  constructor(options: DruvaV1Options, http: HttpClient, context: SourceContext) {
    this.#options = options;
    this.#http = http;
    this.#context = context;
  }

  async fetchOldest(signal: AbortSignal): Promise<EventsPage> {
    return this.#toPage(await this.#get(undefined, signal));
  }

  async fetchAfter(cursor: string, signal: AbortSignal): Promise<EventsPage | CursorRefused> {
    const answer = await this.#get(cursor, signal);
    return answer.status === 400 ? cursorRefused(answer) : this.#toPage(answer);
  }

  async #get(cursor: string | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const { username, token, pageEvents } = this.#options;
    const url = eventsUrl(this.#options, '/api/events/v1');
    if (pageEvents !== undefined) url.searchParams.set('limit', String(pageEvents));
    const headers = {
      accept: 'application/json',
      authorization: basic(username, await this.#context.readSecret(token)),
      ...(cursor === undefined ? {} : { cookie: `progress=${cursor}` }),
    };
    return await get(this.#http, url, headers, signal);
  }

  #toPage(answer: HttpAnswer): EventsPage {
    if (answer.status !== 200) throw eventsError(answer, this.#context.clock);
    const { elements, nextPageExists } = openEnvelope(answer);
    return { outcome: 'page', elements, cursor: progressCookie(answer), nextPageExists };
  }
}

/** OAuth 2.0 client credentials; the cursor is called tracker and travels in the query and body. */
class ClientV2 implements DruvaClient {
  readonly #options: DruvaV2Options;
  readonly #http: HttpClient;
  readonly #context: SourceContext;
  readonly #accessToken: AccessToken;
  #accepted: Secret | undefined;

  constructor(options: DruvaV2Options, http: HttpClient, context: SourceContext) {
    const { clock, readSecret } = context;
    this.#options = options;
    this.#http = http;
    this.#context = context;
    this.#accessToken = new AccessToken({
      http,
      clock,
      url: options.tokenUrl ?? `${options.url.replace(/\/$/, '')}/token`,
      authorization: async () => basic(options.clientId, await readSecret(options.clientSecret)),
    });
  }

  async fetchOldest(signal: AbortSignal): Promise<EventsPage> {
    return this.#toPage(await this.#get(undefined, signal));
  }

  async fetchAfter(cursor: string, signal: AbortSignal): Promise<EventsPage | CursorRefused> {
    const answer = await this.#get(cursor, signal);
    // Druva answers 403 for an expired token, and for an expired tracker too: to a token that was
    // issued a moment ago it can only mean the tracker, or a right that is missing. Going on
    // without the tracker tells which.
    const mayBeTheCursor = answer.status === 400 || answer.status === 403;
    return mayBeTheCursor ? cursorRefused(answer) : this.#toPage(answer);
  }

  #toPage(answer: HttpAnswer): EventsPage {
    if (answer.status === 401 || answer.status === 403) this.#accessToken.forget();
    if (answer.status !== 200) throw eventsError(answer, this.#context.clock);
    const { elements, tracker, nextPageExists } = openEnvelope(answer);
    return { outcome: 'page', elements, cursor: checkedCursor(tracker), nextPageExists };
  }

  /** A token that was good once is replaced when it is refused; a new one that is refused stays so. */
  async #get(cursor: string | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const url = this.#pageUrl(cursor);
    const token = await this.#accessToken.get(signal);
    const answer = await get(this.#http, url, bearer(token), signal);
    if (answer.status === 200) this.#accepted = token;
    if ((answer.status !== 401 && answer.status !== 403) || this.#accepted !== token) return answer;
    this.#accessToken.forget();
    return await get(this.#http, url, bearer(await this.#accessToken.get(signal)), signal);
  }

  #pageUrl(cursor: string | undefined): URL {
    const url = eventsUrl(this.#options, '/insync/eventmanagement/v2/events');
    if (this.#options.ignoreTrackerExpiry) url.searchParams.set('ignoreTrackerExpiry', 'true');
    if (cursor !== undefined) url.searchParams.set('tracker', cursor);
    return url;
  }
}

/** JSON is asked for by leaving `format` out: the documents name only the other two values. */
const formatParameters = { json: undefined, cef: 'CEF', syslog: 'Syslog' } as const;

function eventsUrl({ url, format }: DruvaOptions, path: string): URL {
  const result = new URL(url.replace(/\/$/, '') + path);
  const parameter = formatParameters[format];
  if (parameter !== undefined) result.searchParams.set('format', parameter);
  return result;
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

function basic(username: string, password: Secret): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function bearer(token: Secret): Readonly<Record<string, string>> {
  return { accept: 'application/json', authorization: `Bearer ${token.reveal()}` };
}

function eventsError(answer: HttpAnswer, clock: Clock): AppError {
  return answerError('the Events API', answer, clock.nowMs());
}

function cursorRefused(answer: HttpAnswer): CursorRefused {
  return { outcome: 'cursorRefused', answer: describeAnswer(answer) };
}

/** The value as it was received, to be sent back as it is; undefined when no such cookie came. */
function progressCookie({ headers }: HttpAnswer): string | undefined {
  for (const cookie of headers.getSetCookie()) {
    const value = /^\s*progress\s*=\s*([^;]*)/.exec(cookie)?.[1]?.trim();
    if (value !== undefined && value !== '' && value !== '""') return checkedCursor(value);
  }
  return undefined;
}

function checkedCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  if (cursor.length <= cursorLengthMax && !/\p{Cc}/u.test(cursor)) return cursor;
  const message = `the Events API gave a cursor of ${cursor.length} characters that cannot be sent back`;
  throw new AppError('source_misbehaved', message);
}
