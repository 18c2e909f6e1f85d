import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Position } from '../../core/stream.ts';
import type { HttpAnswer, HttpClient } from '../../lib/http-client.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { answerError } from '../answer-errors.ts';
import { type AuthorizedGet, BearerGet, basicGet, tokenUrlOf } from '../authorized-get.ts';
import { type LostRange, readGapHeader } from '../gap-header.ts';
import type { SourceContext } from '../source.ts';
import type { TailraceOptions } from './options.ts';

/** One answer of the Streams API. */
export interface StreamPage {
  readonly outcome: 'page';
  readonly firstPosition: Position;
  /** `firstPosition - 1` when there are no events. */
  readonly lastPosition: Position;
  readonly headPosition: Position;
  readonly lost: LostRange | undefined;
  /** Tells the event at `lastPosition` from another one that may get its position. */
  readonly mark: string | undefined;
  /** One event's stored JSON per line, each ended by LF. */
  readonly ndjson: Buffer;
}

/**
 * The stream ends before the position that was asked for, or has another event there: it is one of
 * another life of it.
 */
export interface PlaceRefused {
  readonly outcome: 'placeRefused';
  /** What the service said, for a person. */
  readonly answer: string;
}

/** Where to go on. */
export interface Place {
  readonly position: Position;
  readonly mark?: string | undefined;
}

const position = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const pageHeaders = z.object({
  'tailrace-first-position': position,
  'tailrace-last-position': position,
  'tailrace-head-position': position,
  'tailrace-mark': z.string().max(64).optional(),
});

/** The wire of the Streams API: `GET /streams/v1/{feed}`. */
export class TailraceClient {
  readonly #options: TailraceOptions;
  readonly #authorized: AuthorizedGet;
  readonly #clock: Clock;

  constructor(options: TailraceOptions, http: HttpClient, context: SourceContext) {
    this.#options = options;
    this.#authorized = authorize(options, http, context);
    this.#clock = context.clock;
  }

  /** The events from the oldest there is. Rejects as `Source.pull` does. */
  async fetchOldest(feed: string, signal: AbortSignal): Promise<StreamPage> {
    return this.#toPage(await this.#get(feed, undefined, signal));
  }

  /** The events behind `after`. Rejects as `Source.pull` does. */
  async fetchAfter(
    feed: string,
    after: Place,
    signal: AbortSignal,
  ): Promise<StreamPage | PlaceRefused> {
    const answer = await this.#get(feed, after, signal);
    if (answer.status === 400) return { outcome: 'placeRefused', answer: describeAnswer(answer) };
    const page = this.#toPage(answer);
    if (page.headPosition >= after.position) return page;
    const ends = `the stream ends at ${page.headPosition}, before ${after.position}`;
    return { outcome: 'placeRefused', answer: ends };
  }

  #get(feed: string, after: Place | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const { url: base, wait, pageEvents } = this.#options;
    const url = new URL(`${base.replace(/\/$/, '')}/streams/v1/${feed}`);
    url.searchParams.set('wait', `${wait}ms`);
    if (after !== undefined) url.searchParams.set('after', String(after.position));
    if (after?.mark !== undefined) url.searchParams.set('mark', after.mark);
    if (pageEvents !== undefined) url.searchParams.set('limit', String(pageEvents));
    const headers = { accept: 'application/x-ndjson' };
    return this.#authorized.get(url, headers, signal);
  }

  #toPage(answer: HttpAnswer): StreamPage {
    if (answer.status === 401 || answer.status === 403) this.#authorized.refused();
    if (answer.status !== 200) {
      throw answerError('the Streams API', answer, this.#clock.nowMs());
    }
    return toStreamPage(answer);
  }
}

function authorize(
  options: TailraceOptions,
  http: HttpClient,
  context: SourceContext,
): AuthorizedGet {
  const { url, username, token, clientId, clientSecret } = options;
  if (username !== undefined && token !== undefined) {
    return basicGet(http, username, token, context);
  }
  if (clientId === undefined || clientSecret === undefined) {
    throw new AppError('config_invalid', 'needs username and token, or clientId and clientSecret');
  }
  const tokenUrl = tokenUrlOf(url, options.tokenUrl);
  return new BearerGet(http, { clientId, clientSecret, tokenUrl }, context);
}

function toStreamPage(answer: HttpAnswer): StreamPage {
  const headers = pageHeaders.safeParse(Object.fromEntries(answer.headers));
  if (!headers.success) {
    throw misbehaved(`expected events with positions, got ${describeAnswer(answer)}`);
  }
  return {
    outcome: 'page',
    firstPosition: headers.data['tailrace-first-position'],
    lastPosition: headers.data['tailrace-last-position'],
    headPosition: headers.data['tailrace-head-position'],
    lost: readGapHeader(answer),
    mark: headers.data['tailrace-mark'],
    ndjson: answer.body,
  };
}

function misbehaved(message: string): AppError {
  return new AppError('source_misbehaved', message);
}
