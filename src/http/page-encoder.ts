import { AppError } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';
import type { Encoder, EncoderOptions } from '../encode/encoder.ts';
import type { Feed } from '../feeds/feed.ts';
import { releaseMemory } from '../lib/release-memory.ts';
import type { EventBlock, EventStore } from '../store/event-store.ts';
import { compress, isCompressible } from './content-coding.ts';
import type { ContentCoding } from './content-coding.ts';
import { writePage } from './encoded-page.ts';
import type { Layout, Writing } from './encoded-page.ts';
import type { EventWorkers } from './event-workers/event-workers.ts';
import type { PageOrder } from './event-workers/protocol.ts';
import { PageWritings } from './page-writings.ts';

/** What a page is made of, and how. */
export interface PageForm {
  readonly stream: StreamName;
  readonly feed: Feed;
  readonly layout: Layout;
  readonly encoding: EncoderOptions;
  /** Wanted for the body; `EncodedPage.coding` says whether it was done. */
  readonly coding?: ContentCoding | undefined;
}

/** Which events a page holds. */
export interface PagePlace {
  /** The position before the first one. */
  readonly start: Position;
  readonly limit: number;
  /** As it was when the request came. */
  readonly headPosition: Position;
}

export interface EncodedPage {
  readonly lastPosition: Position;
  readonly body: Buffer;
  readonly coding: ContentCoding | undefined;
  /** In the cache. */
  readonly sizeBytes: number;
  /** False when more events may yet join the page. */
  readonly isFull: boolean;
}

export interface PageEncoderParts {
  readonly store: EventStore;
  readonly compileEncoder: (feed: Feed, options: EncoderOptions) => Encoder;
  readonly workers: EventWorkers;
  readonly pageBytes: number;
}

/** Overhead of a cached page beside its body. */
const entryBytes = 512;

/** Stored bytes that the main thread writes itself: a millisecond of work. */
const ownBytesMax = 128 * 1024;

/** Reads pages from the store, and encodes and compresses them. */
export class PageEncoder {
  readonly #parts: PageEncoderParts;
  readonly #writings: PageWritings;

  constructor(parts: PageEncoderParts) {
    this.#parts = parts;
    this.#writings = new PageWritings(parts.compileEncoder);
  }

  /** How events of this form are written. */
  writing({ feed, encoding }: PageForm, layout: 'envelope' | 'lines'): Writing {
    return this.#writings.of(feed, encoding, layout);
  }

  async page(form: PageForm, { start, limit }: PagePlace): Promise<EncodedPage> {
    const { store, pageBytes } = this.#parts;
    const limits = { events: limit, bytes: pageBytes };
    const { blocks, headPosition, lost } = await store.readAfter(form.stream, start, limits);
    if (lost !== undefined) throw droppedMeanwhile();
    const lastPosition = blocks.at(-1)?.lastPosition ?? start;
    const { body, coding } = await coded(await this.#body(form, blocks), form.coding);
    const isFull = lastPosition - start === limit || lastPosition < headPosition;
    return { lastPosition, body, coding, sizeBytes: body.byteLength + entryBytes, isFull };
  }

  /** The blocks are used up. */
  async #body(form: PageForm, blocks: readonly EventBlock[]): Promise<Buffer> {
    const { layout } = form;
    if (layout === 'stored') return Buffer.concat(blocks.map(({ ndjson }) => ndjson));
    const { feed, encoding } = form;
    const written = this.#writeElsewhere({ feed: feed.name, encoding, layout, blocks });
    if (written !== undefined) return written;
    const body = await writePage(blocks, this.writing(form, layout));
    for (const { ndjson } of blocks) releaseMemory(ndjson);
    return body;
  }

  /** Undefined for a page that this thread is to write. */
  #writeElsewhere(order: PageOrder): Promise<Buffer> | undefined {
    const bytes = order.blocks.reduce((sum, { ndjson }) => sum + ndjson.byteLength, 0);
    const memory = order.blocks.map(({ ndjson }) => wholeMemory(ndjson));
    if (bytes <= ownBytesMax || !memory.every((part) => part !== undefined)) return undefined;
    return this.#parts.workers
      .call('writePage', order, memory)
      ?.then(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  }
}

/** Memory that can be given away; undefined when there is more in it. */
function wholeMemory({ buffer, byteLength }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : undefined;
}

async function coded(
  body: Buffer,
  wanted: ContentCoding | undefined,
): Promise<Pick<EncodedPage, 'body' | 'coding'>> {
  if (wanted === undefined || !isCompressible(body)) return { body, coding: undefined };
  const compressed = await compress(body, wanted);
  releaseMemory(body);
  return { body: compressed, coding: wanted };
}

/** Retention ran between two reads: asked again, the answer says what is missing. */
function droppedMeanwhile(): AppError {
  return new AppError('store_unavailable', 'events were dropped by retention meanwhile, try again');
}
