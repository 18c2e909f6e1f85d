import { AppError } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';
import {
  quarantineLimits,
  type Quarantine,
  type QuarantinedEvent,
  type QuarantinePlace,
  type RefusedEvent,
} from '../store/event-store.ts';

/** Events that receivers refused for good, as a store in memory keeps them. */
export class MemoryQuarantine {
  #events: readonly QuarantinedEvent[] = [];

  /** Throws `quarantine_full` before anything is changed. */
  add(sink: string, stream: StreamName, refused: readonly RefusedEvent[]): void {
    const positions = new Set(refused.map(({ position }) => position));
    const isReplaced = (event: QuarantinedEvent) =>
      event.sink === sink && event.stream === stream && positions.has(event.position);
    const added = refused.map((event) => ({ ...event, sink, stream }));
    const events = [...this.#events.filter((event) => !isReplaced(event)), ...added];
    const fresh = refused.length - this.#events.filter(isReplaced).length;
    if (fresh > 0) assertRoom(sink, events, fresh);
    this.#events = events.toSorted(inOrder);
  }

  after(
    sink: string,
    place: QuarantinePlace | undefined,
    limit: number,
  ): readonly QuarantinedEvent[] {
    const isBehind = ({ stream, position }: QuarantinedEvent) =>
      place === undefined ||
      stream > place.stream ||
      (stream === place.stream && position > place.position);
    return this.#events.filter((event) => event.sink === sink && isBehind(event)).slice(0, limit);
  }

  /** What it holds now; the result brings that back. */
  snapshot(): () => void {
    const events = this.#events;
    return () => {
      this.#events = events;
    };
  }

  sums(): readonly Quarantine[] {
    const groups = Map.groupBy(this.#events, ({ sink, stream }) => `${sink} ${stream}`);
    return [...groups.values()].flatMap(([first, ...rest]) => {
      if (first === undefined) return [];
      const events = [first, ...rest];
      const { sink, stream } = first;
      return { sink, stream, events: events.length, bytes: bytesOf(events) };
    });
  }

  remove(sink: string, stream: StreamName, positions: readonly Position[]): number {
    const before = this.#events.length;
    this.#events = this.#events.filter(
      (event) =>
        event.sink !== sink || event.stream !== stream || !positions.includes(event.position),
    );
    return before - this.#events.length;
  }

  forget(stream: StreamName): void {
    this.#events = this.#events.filter((event) => event.stream !== stream);
  }
}

function assertRoom(sink: string, events: readonly QuarantinedEvent[], fresh: number): void {
  const held = events.filter((event) => event.sink === sink);
  const isRoom = held.length <= quarantineLimits.events && bytesOf(held) <= quarantineLimits.bytes;
  if (isRoom) return;
  const message = `the quarantine of ${sink} holds ${held.length - fresh} events and has no room for ${fresh} more`;
  throw new AppError('quarantine_full', message);
}

function bytesOf(events: readonly QuarantinedEvent[]): number {
  return events.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0);
}

function inOrder(a: QuarantinedEvent, b: QuarantinedEvent): number {
  if (a.sink !== b.sink) return a.sink < b.sink ? -1 : 1;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.position - b.position;
}
