import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { toStoredEvent } from '../core/event.ts';
import type { Position, StreamName } from '../core/stream.ts';
import { compileVendorCefWriter } from '../encode/cef/write-vendor-cef.ts';
import type { LineWriter } from '../encode/cef/write-vendor-cef.ts';
import type { Encoder, EncoderOptions } from '../encode/encoder.ts';
import type { Feed } from '../feeds/feed.ts';
import type { EventStore, LostPositions } from '../store/event-store.ts';
import { compress, isCompressible } from './content-coding.ts';
import type { ContentCoding } from './content-coding.ts';
import { prependElement, writeElement, writePage } from './encoded-page.ts';
import type { Layout, Writing } from './encoded-page.ts';
import type { HttpMetrics } from './http-metrics.ts';
import { Turnstile } from './limits/turnstile.ts';
import { PageCache } from './page-cache.ts';

export interface PageRequest {
  readonly stream: StreamName;
  readonly feed: Feed;
  /** Changes when a tenant is deleted and another one gets its name. */
  readonly incarnation: string;
  /** Undefined: from the oldest event there is. */
  readonly after: Position | undefined;
  readonly limit: number;
  readonly layout: Layout;
  readonly encoding: EncoderOptions;
  /** Wanted for the body; `ExportPage.coding` says whether it was done. */
  readonly coding?: ContentCoding | undefined;
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

/** Which events a page holds. */
interface PagePlace {
  /** The position before the first one. */
  readonly start: Position;
  readonly limit: number;
  /** As it was when the request came. */
  readonly headPosition: Position;
}

interface EncodedPage {
  readonly lastPosition: Position;
  readonly body: Buffer;
  readonly sizeBytes: number;
  /** False when more events may yet join the page. */
  readonly isFull: boolean;
}

export interface ExportPagesParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly metrics: HttpMetrics;
  readonly compileEncoder: (feed: Feed, options: EncoderOptions) => Encoder;
  readonly pageBytes: number;
  readonly cacheBytes: number;
}

/** Pages that are read and encoded at one time, and requests that wait for their turn. */
const pagesAtOnce = 4;
const pagesWaiting = 1000;
const encodersMax = 1000;
/** Overhead of a cached page beside its body. */
const entryBytes = 512;

/**
 * Reads pages of a stream and encodes them. A full page never changes, so it is kept encoded (and
 * compressed) until memory for it is used up; retention is asked before each answer all the same.
 */
export class ExportPages {
  readonly #parts: ExportPagesParts;
  readonly #cache: PageCache<EncodedPage>;
  readonly #turnstile = new Turnstile(pagesAtOnce, pagesWaiting);
  readonly #inProgress = new Map<string, Promise<EncodedPage>>();
  readonly #writings = new Map<string, Writing>();

  constructor(parts: ExportPagesParts) {
    this.#parts = parts;
    this.#cache = new PageCache(parts.cacheBytes);
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
      const page = await this.#page(request, { start, limit: request.limit, headPosition });
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
      const page = await this.#page(request, { start, limit: request.limit, headPosition });
      return { ...toExportPage(page, start, headPosition), lost };
    }
    const { layout } = request;
    const writing = this.#writing(request, layout);
    const element = writeElement(writing, gapJson(request.feed, lost, this.#parts.clock));
    const limit = request.limit - 1;
    const page =
      limit === 0
        ? emptyPage(start, await writePage([], writing))
        : await this.#page({ ...request, coding: undefined }, { start, limit, headPosition });
    const { events, ...rest } = toExportPage(page, start, headPosition);
    const body = prependElement(element, page.body, layout);
    return { ...rest, events: events + 1, lost, body };
  }

  async #page(request: PageRequest, place: PagePlace): Promise<CodedPage> {
    const key = pageKey(request, place);
    const { coding } = request;
    const coded = coding === undefined ? undefined : this.#cache.get(`${key} ${coding}`);
    if (coded !== undefined) {
      this.#parts.metrics.pageCache.inc({ outcome: 'hit' });
      return { ...coded, coding };
    }
    const page = await this.#plainPage(key, request, place);
    if (coding === undefined || !isCompressible(page.body)) return { ...page, coding: undefined };
    const body = await compress(page.body, coding);
    const compressed = { ...page, body, sizeBytes: body.byteLength + entryBytes };
    if (page.isFull) this.#cache.set(`${key} ${coding}`, compressed);
    return { ...compressed, coding };
  }

  /**
   * Requests for the same page at one time share the work, if they saw the same head: what was
   * acknowledged before a request came is in its answer.
   */
  async #plainPage(key: string, request: PageRequest, place: PagePlace): Promise<EncodedPage> {
    const cached = this.#cache.get(key);
    this.#parts.metrics.pageCache.inc({ outcome: cached === undefined ? 'miss' : 'hit' });
    if (cached !== undefined) return cached;
    const work = `${key} ${place.headPosition}`;
    const inProgress = this.#inProgress.get(work);
    if (inProgress !== undefined) return inProgress;
    const page = this.#turnstile
      .run(() => this.#encode(request, place))
      .finally(() => this.#inProgress.delete(work));
    this.#inProgress.set(work, page);
    const encoded = await page;
    if (encoded.isFull) this.#cache.set(key, encoded);
    return encoded;
  }

  async #encode(request: PageRequest, { start, limit }: PagePlace): Promise<EncodedPage> {
    const { store, pageBytes } = this.#parts;
    const limits = { events: limit, bytes: pageBytes };
    const { blocks, headPosition, lost } = await store.readAfter(request.stream, start, limits);
    if (lost !== undefined) throw droppedMeanwhile();
    const lastPosition = blocks.at(-1)?.lastPosition ?? start;
    const { layout } = request;
    const body =
      layout === 'stored'
        ? Buffer.concat(blocks.map(({ ndjson }) => ndjson))
        : await writePage(blocks, this.#writing(request, layout));
    return {
      lastPosition,
      body,
      sizeBytes: body.byteLength + entryBytes,
      isFull: lastPosition - start === limit || lastPosition < headPosition,
    };
  }

  #writing({ feed, encoding }: PageRequest, layout: 'envelope' | 'lines'): Writing {
    const key = `${layout} ${encodingKey(feed, encoding)}`;
    const known = this.#writings.get(key);
    if (known !== undefined) return known;
    if (this.#writings.size >= encodersMax) this.#writings.clear();
    const writing = {
      layout,
      format: encoding.format,
      encode: this.#parts.compileEncoder(feed, encoding),
      lineWriter: compileLineWriter(feed, encoding, layout),
    };
    this.#writings.set(key, writing);
    return writing;
  }
}

/** For the lines that are asked for most. */
function compileLineWriter(
  feed: Feed,
  encoding: EncoderOptions,
  layout: 'envelope' | 'lines',
): LineWriter | undefined {
  const isVendorCef = encoding.format === 'cef' && encoding.profile === 'vendor';
  if (!isVendorCef || feed.vendorLines === 'undocumented') return undefined;
  return compileVendorCefWriter(feed, encoding, layout === 'envelope');
}

type CodedPage = EncodedPage & { readonly coding: ContentCoding | undefined };

function toExportPage(page: CodedPage, start: Position, headPosition: Position): ExportPage {
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

function emptyPage(start: Position, body: Buffer): CodedPage {
  return { lastPosition: start, body, sizeBytes: 0, isFull: false, coding: undefined };
}

function pageKey(request: PageRequest, { start, limit }: PagePlace): string {
  const { stream, incarnation, layout, feed, encoding } = request;
  const writing = layout === 'stored' ? '' : encodingKey(feed, encoding);
  return `${stream} ${incarnation} ${start} ${limit} ${layout} ${writing}`;
}

function encodingKey(feed: Feed, options: EncoderOptions): string {
  const { format, profile, hostname, facility, hardened, jsonNames } = options;
  return JSON.stringify([feed.name, format, profile, hostname, facility, hardened, jsonNames]);
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

/** Retention ran between two reads: asked again, the answer says what is missing. */
function droppedMeanwhile(): AppError {
  return new AppError('store_unavailable', 'events were dropped by retention meanwhile, try again');
}
