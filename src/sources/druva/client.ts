import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { HttpAnswer, HttpClient } from '../../lib/http-client.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { answerError } from '../answer-errors.ts';
import { type AuthorizedGet, BearerGet, basicGet, tokenUrlOf } from '../authorized-get.ts';
import { type LostRange, readGapHeader } from '../gap-header.ts';
import type { SourceContext } from '../source.ts';
import { openEnvelope } from './envelope.ts';
import type { PageElements } from './page-elements.ts';
import type { DruvaOptions, DruvaV1Options, DruvaV2Options } from './options.ts';

/** Longer ones do not fit into a request header or line. */
const cursorLengthMax = 8192;

export interface EventsPage {
  readonly outcome: 'page';
  /** In memory that goes with the page. */
  readonly elements: PageElements;
  /** Progress cookie or tracker; undefined when the answer brought none. */
  readonly cursor: string | undefined;
  /** Undefined in v1, which does not say. */
  readonly nextPageExists: boolean | undefined;
  /** What another Tailrace says that it has dropped. */
  readonly lost: LostRange | undefined;
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
  readonly #authorized: AuthorizedGet;
  readonly #clock: Clock;

  constructor(options: DruvaV1Options, http: HttpClient, context: SourceContext) {
    this.#options = options;
    this.#authorized = basicGet(http, options.username, options.token, context);
    this.#clock = context.clock;
  }

  async fetchOldest(signal: AbortSignal): Promise<EventsPage> {
    return this.#toPage(await this.#get({}, signal));
  }

  async fetchAfter(cursor: string, signal: AbortSignal): Promise<EventsPage | CursorRefused> {
    const answer = await this.#get({ cookie: `progress=${cursor}` }, signal);
    return answer.status === 400 ? cursorRefused(answer) : this.#toPage(answer);
  }

  #get(cookie: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    const { pageEvents } = this.#options;
    const url = eventsUrl(this.#options, '/api/events/v1');
    if (pageEvents !== undefined) url.searchParams.set('limit', String(pageEvents));
    return this.#authorized.get(url, { accept: 'application/json', ...cookie }, signal);
  }

  #toPage(answer: HttpAnswer): EventsPage {
    if (answer.status !== 200) throw eventsError(answer, this.#clock);
    const { elements, nextPageExists } = openEnvelope(answer);
    const lost = readGapHeader(answer);
    return { outcome: 'page', elements, cursor: progressCookie(answer), nextPageExists, lost };
  }
}

/** OAuth 2.0 client credentials; the cursor is called tracker and travels in the query and body. */
class ClientV2 implements DruvaClient {
  readonly #options: DruvaV2Options;
  readonly #authorized: AuthorizedGet;
  readonly #clock: Clock;

  constructor(options: DruvaV2Options, http: HttpClient, context: SourceContext) {
    const { clientId, clientSecret, url } = options;
    const tokenUrl = tokenUrlOf(url, options.tokenUrl);
    this.#options = options;
    this.#authorized = new BearerGet(http, { clientId, clientSecret, tokenUrl }, context);
    this.#clock = context.clock;
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

  #get(cursor: string | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const url = eventsUrl(this.#options, '/insync/eventmanagement/v2/events');
    if (this.#options.ignoreTrackerExpiry) url.searchParams.set('ignoreTrackerExpiry', 'true');
    if (cursor !== undefined) url.searchParams.set('tracker', cursor);
    return this.#authorized.get(url, { accept: 'application/json' }, signal);
  }

  #toPage(answer: HttpAnswer): EventsPage {
    if (answer.status === 401 || answer.status === 403) this.#authorized.refused();
    if (answer.status !== 200) throw eventsError(answer, this.#clock);
    const { elements, tracker, nextPageExists } = openEnvelope(answer);
    const lost = readGapHeader(answer);
    return { outcome: 'page', elements, cursor: checkedCursor(tracker), nextPageExists, lost };
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
