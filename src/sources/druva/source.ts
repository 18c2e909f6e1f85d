import { hash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Gap } from '../../core/gap.ts';
import type { StreamName } from '../../core/stream.ts';
import { parseStreamName } from '../../core/stream.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { Backoff } from '../../lib/backoff.ts';
import { releaseAround } from '../../lib/release-memory.ts';
import { gapOfLost } from '../gap-header.ts';
import { openHttpClient, refuseInsecure } from '../../wire/http-options.ts';
import { Restarts } from '../restarts.ts';
import type { Source, SourceContext, SourcePage } from '../source.ts';
import { type DruvaCheckpoint, readCheckpoint, startAgain, writeCheckpoint } from './checkpoint.ts';
import { createDruvaClient, type DruvaClient, type EventsPage } from './client.ts';
import { type EventReader, type ReadPage, createEventReader } from './events.ts';
import type { DruvaOptions } from './options.ts';
import type { PageElements } from './page-elements.ts';

/** Events may be dated this far ahead of our clock before their time counts as a mistake. */
const clockSkewMs = 5 * 60_000;
/** Between empty pages that say that there is more. */
const emptyPagesBackoff = { firstMs: 1000, maxMs: 60_000 } as const;

/** Pulls inSync events. Throws `config_invalid` when credentials would travel in clear. */
export function createDruvaSource(
  name: string,
  stream: StreamName,
  options: DruvaOptions,
  context: SourceContext,
): Source {
  refuseInsecure(options.url, options.allowInsecure);
  if (options.api === 'v2' && options.tokenUrl !== undefined) {
    refuseInsecure(options.tokenUrl, options.allowInsecure);
  }
  return new DruvaSource(name, stream, options, context);
}

class DruvaSource implements Source {
  readonly name: string;
  readonly stream: StreamName;
  /** Cursors are values: an older one is good for as long as it lives. */
  readonly mayPullAhead = true;
  readonly #options: DruvaOptions;
  readonly #context: SourceContext;
  readonly #readEvents: EventReader;
  readonly #restarts = new Restarts();
  readonly #emptyPages = new Backoff(emptyPagesBackoff);
  #pauseMs = 0;
  #client: DruvaClient | undefined;
  #largestPageEvents = 0;

  constructor(name: string, stream: StreamName, options: DruvaOptions, context: SourceContext) {
    this.name = name;
    this.stream = stream;
    this.#options = options;
    this.#context = context;
    this.#readEvents = createEventReader(feedNamed(parseStreamName(stream).feed));
  }

  async pull(checkpoint: string | undefined, signal: AbortSignal): Promise<SourcePage> {
    const client = await this.#connected();
    const from = readCheckpoint(checkpoint, this.#options.api);
    if (from.cursor === undefined) {
      return this.#toSourcePage(from, await client.fetchOldest(signal), undefined);
    }
    if (this.#pauseMs > 0) await this.#context.clock.sleep(this.#pauseMs, signal);
    const answer = await client.fetchAfter(from.cursor, signal);
    if (answer.outcome === 'page') {
      this.#restarts.succeeded();
      return this.#toSourcePage(from, answer, undefined);
    }
    if (from.untried === true) this.#restarts.refused(answer.answer);
    this.#context.log.warn(
      { source: this.name, answer: answer.answer },
      'the source refused the place where we stopped; starting again at its oldest event',
    );
    return this.#toSourcePage(startAgain(from), await client.fetchOldest(signal), answer.answer);
  }

  async #connected(): Promise<DruvaClient> {
    this.#client ??= createDruvaClient(
      this.#options,
      await openHttpClient(this.#options, this.#context.readSecret, this.#context.fetch),
      this.#context,
    );
    return this.#client;
  }

  #toSourcePage(from: DruvaCheckpoint, page: EventsPage, refusal: string | undefined): SourcePage {
    const pageDigest = digestOf(page.elements);
    const cursor = nextCursor(from, page, pageDigest);
    const digest = pageDigest ?? from.digest;
    const nowMs = this.#context.clock.nowMs();
    const read = this.#readEvents(page.elements, { checkpoint: from, nowMs });
    releaseAround(page.elements.bytes);
    this.#reportUnreadable(read);
    const isEmpty = page.elements.length === 0;
    const exhausted = page.nextPageExists === undefined ? isEmpty : !page.nextPageExists;
    const caughtUp = exhausted || this.#isShort(page);
    this.#pace(isEmpty && !exhausted);
    const gap = gapOf(from, page, read, refusal);
    const heldMs = latest(from.heldMs, read.newestMs, nowMs + clockSkewMs);
    const next: DruvaCheckpoint = {
      version: 1,
      api: from.api,
      ...(cursor === undefined ? {} : { cursor }),
      ...(heldMs === undefined ? {} : { heldMs }),
      repeating: from.repeating && !exhausted,
      gapUnchecked: from.gapUnchecked && isEmpty,
      ...(read.occurrences === undefined ? {} : { occurrences: read.occurrences }),
      // Whoever polls asks with it so much later that it may well have expired.
      ...(from.cursor === undefined && !caughtUp ? { untried: true } : {}),
      ...(digest === undefined ? {} : { digest }),
    };
    return {
      events: read.events,
      checkpoint: writeCheckpoint(next),
      caughtUp,
      mayRepeat: from.repeating,
      startsAgain: from.cursor === undefined,
      ...(from.heldMs === undefined ? {} : { heldMs: from.heldMs }),
      ...(gap === undefined ? {} : { gap }),
    };
  }

  /** A service may look through a long time in which nothing happened, page by page. */
  #pace(isEmptyInTheMiddle: boolean): void {
    if (!isEmptyInTheMiddle) this.#emptyPages.succeeded();
    this.#pauseMs = isEmptyInTheMiddle ? this.#emptyPages.failed() : 0;
  }

  /**
   * v1 does not say whether there is more. A page that is less than half as long as the longest so
   * far saves the empty answer that would tell; if it was short for another reason, the rest comes
   * at the next poll.
   */
  #isShort({ elements, nextPageExists }: EventsPage): boolean {
    if (nextPageExists !== undefined) return false;
    this.#largestPageEvents = Math.max(this.#largestPageEvents, elements.length);
    return elements.length < this.#largestPageEvents / 2;
  }

  #reportUnreadable({ unreadable, firstReason }: ReadPage): void {
    if (unreadable === 0) return;
    this.#context.log.warn(
      { source: this.name, count: unreadable, reason: firstReason },
      'events that could not be read are kept as they came',
    );
  }
}

/** Of the elements as they came; undefined when there are none. */
function digestOf({ bytes, starts, ends }: PageElements): string | undefined {
  const [start] = starts;
  if (start === undefined) return undefined;
  return hash('sha256', bytes.subarray(start, ends.at(-1)), 'hex').slice(0, 32);
}

/**
 * Where to go on after `page`. Throws `source_misbehaved` when events came and the place did not
 * move: asking again would bring the same events for ever. A new cursor does not show that it moved
 * when something on the way drops the one that is sent; the same page once more shows that it did
 * not. Identical lines that fill two pages on end are held back by that until another joins them.
 */
function nextCursor(
  from: DruvaCheckpoint,
  page: EventsPage,
  digest: string | undefined,
): string | undefined {
  if (digest === undefined) return page.cursor ?? from.cursor;
  const what = standstill(from, page, digest);
  if (what === undefined) return page.cursor;
  const message = `${page.elements.length} events came ${what}; the source does not advance`;
  throw new AppError('source_misbehaved', message);
}

/** How `page` shows that the place did not move; undefined when it did. */
function standstill(
  from: DruvaCheckpoint,
  { cursor }: EventsPage,
  digest: string,
): string | undefined {
  if (cursor === undefined) return 'without a cursor';
  if (cursor === from.cursor) return 'with the cursor they were asked by';
  return digest === from.digest ? 'that are those of the page before' : undefined;
}

/** What is missing before a page; after a refused cursor that has to be found out by time. */
function gapOf(
  from: DruvaCheckpoint,
  { lost }: EventsPage,
  read: ReadPage,
  refusal: string | undefined,
): Gap | undefined {
  if (from.gapUnchecked) return gapBefore(read, from.heldMs, refusal);
  return from.cursor === undefined || lost === undefined ? undefined : gapOfLost(lost, from.heldMs);
}

/** Undefined when the oldest event on offer is one that is held, or when nothing is on offer. */
function gapBefore(
  { oldestMs }: ReadPage,
  heldMs: number | undefined,
  refusal = 'cursor refused',
): Gap | undefined {
  if (oldestMs === undefined || heldMs === undefined || oldestMs <= heldMs) return undefined;
  return {
    fromMs: heldMs,
    untilMs: oldestMs,
    count: undefined,
    reason: `The source refused to go on where pulling had stopped (${refusal}), and the oldest event it still has is newer than the last one held.`,
  };
}

/** The later of two times, without the ones beyond `limitMs`, which are mistakes. */
function latest(
  heldMs: number | undefined,
  newestMs: number | undefined,
  limitMs: number,
): number | undefined {
  if (newestMs === undefined) return heldMs;
  const credibleMs = Math.min(newestMs, limitMs);
  return heldMs === undefined ? credibleMs : Math.max(heldMs, credibleMs);
}
