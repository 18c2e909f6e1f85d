import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { parseStoredEvent, type TailraceEvent } from '../core/event.ts';
import type { Position, StreamName } from '../core/stream.ts';
import type { LineWriter } from '../encode/cef/write-vendor-cef.ts';
import type { Encoder } from '../encode/encoder.ts';
import { StoredHead } from '../encode/stored-head.ts';
import type { Feed } from '../feeds/feed.ts';
import { releaseMemory } from '../lib/release-memory.ts';
import type { EncodedEvent, SliceLimits } from '../sinks/sink.ts';
import type { EventBlock, EventStore, LostPositions, Page } from '../store/event-store.ts';
import { encodedEvent } from './encoded-event.ts';
import type { HeldPages } from './page-budget.ts';
import { persist } from './persist.ts';
import { SliceDraft } from './slice-draft.ts';
import type { EncodedLine, SliceContent, SliceStart } from './slice-draft.ts';
import type { SinkStatus } from './status.ts';

/** Small enough that reading ahead costs little memory and encoding a page stalls nobody for long. */
export const pageLimits = { events: 5_000, bytes: 1024 * 1024 } as const;
const idleMs = 30_000;
const lineFeed = 0x0a;

/** What delivering needs of the event store. */
export type DeliveryStore = Pick<
  EventStore,
  'readAfter' | 'waitBeyond' | 'delivery' | 'saveDelivery'
>;

export interface SliceReading {
  readonly stream: StreamName;
  readonly store: DeliveryStore;
  /** What the sink gets of an event; undefined when its filters leave it out. Left out: all of all. */
  readonly select?: ((event: TailraceEvent) => TailraceEvent | undefined) | undefined;
  readonly encode: Encoder;
  /** Writes what `encode` would, from the stored bytes, for sinks that want nothing but lines. */
  readonly lineWriter?: LineWriter | undefined;
  readonly feed: Pick<Feed, 'gapEvent'>;
  readonly limits: SliceLimits;
  /** The stream's part of what the sink may hold; whoever delivers tells it what is delivered. */
  readonly held: HeldPages;
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: SinkStatus;
}

/**
 * The stream behind `after`, encoded and cut into slices, until `signal` aborts; an unfinished slice
 * is then dropped, as its events stay in the store. Positions that retention dropped become a gap
 * line (promise 6), which no filter leaves out. Where filters leave out everything for a while, a
 * slice without lines says so. A slice ends early when other streams hold all that may be held.
 */
export async function* slices<C>(
  reading: SliceReading,
  content: SliceContent<C>,
  start: SliceStart,
  signal: AbortSignal,
) {
  const { stream, limits, held, clock, status } = reading;
  const draft = new SliceDraft(stream, limits, content, start);
  const lines = content.addLine && storedLines(reading);
  let position = start.after;
  let ahead: Promise<Page> | undefined;
  while (!signal.aborted) {
    if (!ahead && !held.tryExpect()) {
      const early = draft.take();
      if (early) yield early;
      await held.expect(signal);
    }
    const page = await (ahead ?? readPage(reading, position, signal));
    held.came(lastPositionIn(page), bytesOf(page));
    status.headPosition = page.headPosition;
    // The store reads the next page while this one is encoded.
    const isBehind = hasMore(page);
    ahead =
      isBehind && held.tryExpect() ? readPage(reading, lastPositionIn(page), signal) : undefined;
    ahead?.catch(() => {}); // awaited above, maybe after it has failed
    for (const event of encodedEvents(reading, page, lines)) {
      const nowMs = clock.monotonicMs();
      const complete = 'line' in event ? draft.add(event, nowMs) : draft.addLine(event, nowMs);
      if (complete) yield complete;
    }
    position = Math.max(position, lastPositionIn(page));
    draft.passTo(position, clock.monotonicMs());
    if (draft.lingerMs(clock.monotonicMs()) <= 0) {
      const due = draft.take();
      if (due) yield due;
    }
    if (!isBehind) await waitForMore(reading, draft, position, signal);
  }
}

function readPage(reading: SliceReading, after: Position, signal: AbortSignal): Promise<Page> {
  const { stream, store } = reading;
  return persist(reading, () => store.readAfter(stream, after, pageLimits), signal);
}

function hasMore(page: Page): boolean {
  const last = lastPositionIn(page);
  return last > 0 && last < page.headPosition;
}

function bytesOf({ blocks }: Page): number {
  return blocks.reduce((sum, { ndjson }) => sum + ndjson.length, 0);
}

/** 0 when there is nothing in it. */
function lastPositionIn({ blocks, lost }: Page): Position {
  return blocks.at(-1)?.lastPosition ?? lost?.lastPosition ?? 0;
}

/** Waits for any event while there is none, and else until the slice is due or could be full. */
async function waitForMore<C>(
  reading: SliceReading,
  draft: SliceDraft<C>,
  position: Position,
  signal: AbortSignal,
): Promise<void> {
  const { stream, store, clock, status } = reading;
  if (draft.isEmpty && status.state === 'running') status.state = 'waiting';
  const wanted = draft.isEmpty ? 1 : draft.eventsWanted;
  const waitMs = Math.max(1, draft.lingerMs(clock.monotonicMs()));
  await persist(
    reading,
    () => store.waitBeyond(stream, position + wanted - 1, Math.min(waitMs, idleMs), signal),
    signal,
  );
  if (status.state === 'waiting') status.state = 'running';
}

/** Gives an event's line as bytes; undefined for one that has to be parsed. */
type StoredLines = (
  ndjson: Buffer,
  begin: number,
  end: number,
  position: Position,
) => EncodedLine | undefined;

/** Undefined where filters want to see every event. */
function storedLines({ select, lineWriter }: SliceReading): StoredLines | undefined {
  if (select || !lineWriter) return undefined;
  const head = new StoredHead();
  let bytes = Buffer.alloc(0);
  return (ndjson, begin, end, position) => {
    const neededBytes = lineWriter.sizeBytesMax(end - begin);
    if (neededBytes > bytes.length) bytes = Buffer.allocUnsafeSlow(neededBytes * 2);
    const lengthBytes = lineWriter.write(ndjson, begin, end, bytes, 0);
    if (lengthBytes === -1 || head.readTime(ndjson, begin) === -1) return undefined;
    return { position, occurredAtMs: head.occurredAtMs, bytes, lengthBytes };
  };
}

function* encodedEvents(
  reading: SliceReading,
  page: Page,
  lines: StoredLines | undefined,
): Iterable<EncodedEvent | EncodedLine> {
  if (page.lost) yield gapLine(reading, page.lost);
  for (const block of page.blocks) {
    yield* blockEvents(reading, block, lines);
    releaseMemory(block.ndjson);
  }
}

/** Line by line, as lines of ASCII alone then stay strings of one byte per character. */
function* blockEvents(
  { select, encode, status }: SliceReading,
  { firstPosition, ndjson }: EventBlock,
  lines: StoredLines | undefined,
): Iterable<EncodedEvent | EncodedLine> {
  let position = firstPosition;
  let begin = 0;
  for (let end = ndjson.indexOf(lineFeed); end >= 0; end = ndjson.indexOf(lineFeed, begin)) {
    const line = lines?.(ndjson, begin, end, position);
    if (line) {
      yield line;
    } else {
      const stored = parseStoredEvent(ndjson.toString('utf8', begin, end));
      const event = select ? select(stored) : stored;
      if (event) yield encodedEvent(event, position, encode);
      else status.eventsLeftOut += 1;
    }
    position += 1;
    begin = end + 1;
  }
}

function gapLine({ encode, feed, clock, log, status }: SliceReading, lost: LostPositions) {
  const { firstPosition, lastPosition, untilMs } = lost;
  const count = lastPosition - firstPosition + 1;
  const gap = {
    fromMs: status.newestEventMs,
    untilMs,
    count,
    reason: `positions ${firstPosition} to ${lastPosition} were past retention before they were delivered`,
  };
  log.error({ firstPosition, lastPosition, count }, 'events were past retention before delivery');
  const event = feed.gapEvent(gap, clock.nowMs());
  return { ...encodedEvent(event, lastPosition, encode), gap: { firstPosition } };
}
