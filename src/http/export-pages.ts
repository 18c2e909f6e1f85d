import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { toStoredEvent } from '../core/event.ts';
import type { Position } from '../core/stream.ts';
import type { Feed } from '../feeds/feed.ts';
import type { LostPositions } from '../store/event-store.ts';
import type { ContentCoding } from './content-coding.ts';
import { prependElement, writeElement, writePage } from './encoded-page.ts';
import type { HttpMetrics } from './http-metrics.ts';
import { Turnstile } from './limits/turnstile.ts';
import { PageCache } from './page-cache.ts';
import { PageEncoder } from './page-encoder.ts';
import type { EncodedPage, PageEncoderParts, PageForm, PagePlace } from './page-encoder.ts';
import { encodingKey } from './page-writings.ts';
import { ReadAhead } from './read-ahead.ts';

export interface PageRequest extends PageForm {
  /** Changes when a tenant is deleted and another one gets its name. */
  readonly incarnation: string;
  /** Undefined: from the oldest event there is. */
  readonly after: Position | undefined;
  readonly limit: number;
}

export interface ExportPage {
  /** `lastPosition + 1` when there is no event. */
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly headPosition: Position;
  /** In the body, the gap's event included. */
  readonly events: number;
  /** Events behind `after` that retention has dropped; the body says so unless it is `stored`. */
  readonly lost: LostPositions | undefined;
  readonly body: Buffer;
  readonly coding: ContentCoding | undefined;
}

export interface ExportPagesParts extends PageEncoderParts {
  readonly clock: Clock;
  readonly metrics: HttpMetrics;
  readonly cacheBytes: number;
}

/** Pages that are read and encoded at one time, and requests that wait for their turn. */
const pagesAtOnce = 4;
const pagesWaiting = 1000;
/** Pages that are read ahead for a client: one to send while another one is written. */
const pagesAhead = 2;

/**
 * Gives out pages of streams, encoded. A full page never changes, so it is kept encoded (and
 * compressed) until memory for it is used up; retention is asked before each answer all the same.
 */
export class ExportPages {
  readonly #parts: ExportPagesParts;
  readonly #encoder: PageEncoder;
  readonly #cache: PageCache<EncodedPage>;
  readonly #readAhead: ReadAhead;
  readonly #turnstile = new Turnstile(pagesAtOnce, pagesWaiting);
  readonly #inProgress = new Map<string, Promise<EncodedPage>>();

  constructor(parts: ExportPagesParts) {
    this.#parts = parts;
    this.#encoder = new PageEncoder(parts);
    this.#cache = new PageCache(parts.cacheBytes);
    this.#readAhead = new ReadAhead(this.#cache, parts.cacheBytes);
  }

  /** Throws `input_invalid` when `after` lies beyond the head. */
  async read(request: PageRequest): Promise<ExportPage> {
    const info = await this.#parts.store.streamInfo(request.stream);
    const headPosition = info?.headPosition ?? 0;
    const beforeFirst = (info?.firstRetainedPosition ?? 1) - 1;
    const { after } = request;
    if (after !== undefined && after > headPosition) throw beyondHead(after, headPosition);
    const start = Math.max(after ?? 0, beforeFirst);
    if (after === undefined || after >= beforeFirst) {
      const page = await this.#askedPage(request, { start, limit: request.limit, headPosition });
      this.#startNext(request, page, headPosition);
      return toExportPage(page, start, headPosition);
    }
    const lost = {
      firstPosition: after + 1,
      lastPosition: beforeFirst,
      untilMs: info?.oldestEventMs,
    };
    return this.#readBehindGap(request, lost, headPosition);
  }

  async #readBehindGap(
    request: PageRequest,
    lost: LostPositions,
    headPosition: Position,
  ): Promise<ExportPage> {
    const start = lost.lastPosition;
    if (request.layout === 'stored') {
      const page = await this.#askedPage(request, { start, limit: request.limit, headPosition });
      return { ...toExportPage(page, start, headPosition), lost };
    }
    const { layout } = request;
    const writing = this.#encoder.writing(request, layout);
    const element = writeElement(writing, gapJson(request.feed, lost, this.#parts.clock));
    const limit = request.limit - 1;
    const page =
      limit === 0
        ? emptyPage(start, await writePage([], writing))
        : await this.#askedPage({ ...request, coding: undefined }, { start, limit, headPosition });
    const { events, ...rest } = toExportPage(page, start, headPosition);
    const body = prependElement(element, page.body, layout);
    return { ...rest, events: events + 1, lost, body };
  }

  /**
   * A client that got a page comes back for the next one at once if there is more: whole pages are
   * made ready meanwhile.
   */
  #startNext(request: PageRequest, page: EncodedPage, headPosition: Position): void {
    const { limit, layout } = request;
    if (layout === 'stored') return;
    for (let ahead = 0; ahead < pagesAhead; ahead += 1) {
      const place = { start: page.lastPosition + ahead * limit, limit, headPosition };
      if (!isWhole(place)) return;
      const key = pageKey(request, place);
      this.#readAhead.start(key, page.sizeBytes, () => this.#page(key, request, place));
    }
  }

  async #askedPage(request: PageRequest, place: PagePlace): Promise<EncodedPage> {
    const key = pageKey(request, place);
    this.#parts.metrics.pageCache.inc({ outcome: this.#cache.has(key) ? 'hit' : 'miss' });
    this.#readAhead.take(key);
    return this.#page(key, request, place);
  }

  /**
   * Requests for the same page at one time share the work, if the page is whole or they saw the same
   * head: what was acknowledged before a request came is in its answer.
   */
  async #page(key: string, request: PageRequest, place: PagePlace): Promise<EncodedPage> {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const work = isWhole(place) ? key : `${key} ${place.headPosition}`;
    const inProgress = this.#inProgress.get(work);
    if (inProgress !== undefined) return inProgress;
    const page = this.#turnstile
      .run(request.stream, () => this.#encoder.page(request, place))
      .finally(() => this.#inProgress.delete(work));
    this.#inProgress.set(work, page);
    const encoded = await page;
    if (encoded.isFull) this.#keep(key, encoded);
    return encoded;
  }

  #keep(key: string, page: EncodedPage): void {
    this.#cache.set(key, page);
    this.#parts.metrics.pageCacheBytes.set(this.#cache.sizeBytes);
  }
}

/** Whether as many events are there as the page may hold, whatever is appended meanwhile. */
function isWhole({ start, limit, headPosition }: PagePlace): boolean {
  return start + limit <= headPosition;
}

function toExportPage(page: EncodedPage, start: Position, headPosition: Position): ExportPage {
  const { lastPosition, body, coding } = page;
  return {
    firstPosition: start + 1,
    lastPosition,
    headPosition: Math.max(headPosition, lastPosition),
    events: lastPosition - start,
    lost: undefined,
    body,
    coding,
  };
}

function emptyPage(start: Position, body: Buffer): EncodedPage {
  return { lastPosition: start, body, sizeBytes: 0, isFull: false, coding: undefined };
}

function pageKey(request: PageRequest, { start, limit }: PagePlace): string {
  const { stream, incarnation, layout, feed, encoding, coding = '' } = request;
  const writing = layout === 'stored' ? '' : encodingKey(feed, encoding);
  return `${stream} ${incarnation} ${start} ${limit} ${layout} ${coding} ${writing}`;
}

/** The stored form of the event that says that events are missing. */
function gapJson(feed: Feed, lost: LostPositions, clock: Clock): string {
  const gap = {
    fromMs: undefined,
    untilMs: lost.untilMs,
    count: lost.lastPosition - lost.firstPosition + 1,
    reason: 'they were older than the retention when they were asked for',
  };
  return toStoredEvent(feed.gapEvent(gap, clock.nowMs())).json;
}

function beyondHead(after: Position, head: Position): AppError {
  return new AppError(
    'input_invalid',
    `after must be at most the head position ${head}, got ${after}`,
  );
}
