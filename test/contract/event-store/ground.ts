import { storedEventWithFieldsText, type StoredEvent } from '../../../src/core/event.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { Position, StreamName } from '../../../src/core/stream.ts';
import { timedEvents } from '../../../src/core/timed-block.ts';
import type { TimedEvent } from '../../../src/core/timed-block.ts';
import type { EventStore, Page } from '../../../src/store/event-store.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

export interface EventStoreImplementation {
  readonly name: string;
  /** An empty place for a store's data. */
  newPlace(): Promise<StorePlace>;
}

export interface StorePlace extends AsyncDisposable {
  /** Opens the store that lives here; several may be open at once, as in several processes. */
  open(clock: Clock): Promise<EventStore>;
}

/** Titles and tests of one part; each test has a place of its own. */
export type EventStoreContract = Readonly<
  Record<string, (implementation: EventStoreImplementation) => Promise<void>>
>;

export const acme: StreamName = 'acme/insync';
export const globex: StreamName = 'globex/insync';
export const startMs = Date.UTC(2026, 10, 21);
export const all = { events: 1_000_000, bytes: 1_000_000_000 };
export const hourMs = 3_600_000;

/** One open store with everything that goes away at the end of a test. */
export interface Ground extends AsyncDisposable {
  readonly store: EventStore;
  readonly clock: ManualClock;
  readonly place: StorePlace;
  /** A further store on the same data; closed with the ground. */
  openAnother(): Promise<EventStore>;
  /** Closes the store and opens it anew. */
  reopen(): Promise<EventStore>;
}

export async function newGround(implementation: EventStoreImplementation): Promise<Ground> {
  const place = await implementation.newPlace();
  const clock = new ManualClock(startMs);
  let store = await place.open(clock);
  const others: EventStore[] = [];
  return {
    get store() {
      return store;
    },
    clock,
    place,
    async openAnother() {
      const other = await place.open(clock);
      others.push(other);
      return other;
    },
    async reopen() {
      await store[Symbol.asyncDispose]();
      store = await place.open(clock);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const opened of [...others, store]) await opened[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Events numbered from `first`, a second apart, in several scripts and of several sizes. */
export function someEvents(first: number, count: number, paddingBytes = 0): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => someEvent(first + index, paddingBytes));
}

export function someEvent(number: number, paddingBytes = 0): StoredEvent {
  const name = ['Ana Lopez', 'Zoë Faßbender', '山田 太郎', 'Ольга 🙂'][number % 4];
  const padding = 'x'.repeat(paddingBytes);
  return storedEventWithFieldsText(
    { id: `e-${number}`, occurredAtMs: startMs + number * 1000, type: 'Backup', severity: 6 },
    `{"eventID": ${number}, "inSyncUserName": "${name}", "eventDetails": "a\\nb${padding}"}`,
  );
}

/** The JSON of a page's events. Throws when positions have a hole or do not fit the lines. */
export function linesOf(page: Page, after: Position): string[] {
  let position = after;
  const lines: string[] = [];
  for (const { firstPosition, lastPosition, ndjson } of page.blocks) {
    const blockLines = ndjson.toString().split('\n');
    if (blockLines.pop() !== '') throw new Error('a block does not end with a line feed');
    if (firstPosition !== position + 1) throw new Error(`a hole behind ${position}`);
    if (blockLines.length !== lastPosition - firstPosition + 1) throw new Error('lines differ');
    lines.push(...blockLines);
    position = lastPosition;
  }
  return lines;
}

export async function readAll(store: EventStore, stream: StreamName): Promise<string[]> {
  const page = await store.readAfter(stream, 0, all);
  return linesOf(page, page.lost?.lastPosition ?? 0);
}

export function jsonOf(events: readonly StoredEvent[]): string[] {
  return events.map((event) => event.json);
}

export async function readWindow(
  ...[store, stream, window, signal]: readonly [EventStore, ...Parameters<EventStore['readWindow']>]
): Promise<TimedEvent[]> {
  const events: TimedEvent[] = [];
  for await (const block of store.readWindow(stream, window, signal))
    events.push(...timedEvents(block));
  return events;
}
