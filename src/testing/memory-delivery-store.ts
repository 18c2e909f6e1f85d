import type { StoredEvent } from '../core/event.ts';
import type { Position, StreamName } from '../core/stream.ts';
import type { DeliveryStore } from '../pipeline/slices.ts';
import type {
  Delivery,
  EventBlock,
  LostPositions,
  Page,
  ReadLimits,
  RefusedEvent,
} from '../store/event-store.ts';

/** One stream in memory: the part of an event store that delivering needs. */
export class MemoryDeliveryStore implements DeliveryStore {
  readonly #lines: string[] = [];
  readonly #deliveries = new Map<string, Delivery>();
  #lost: LostPositions | undefined;
  #waiting: { beyond: Position; wake: () => void }[] = [];
  /** Runs `save`, or fails before or after it. */
  aroundSave: (save: () => Promise<void>) => Promise<void> = (save) => save();
  /** What went to the quarantine. */
  readonly refused: RefusedEvent[] = [];
  /** Every wait asked for: how far beyond, and for how long. */
  readonly waits: { position: Position; timeoutMs: number }[] = [];

  get headPosition(): Position {
    return this.#lines.length;
  }

  append(events: readonly StoredEvent[]): void {
    this.#lines.push(...events.map((event) => event.json));
    this.#wake((beyond) => this.headPosition > beyond);
  }

  /** Lets the timeout of every wait pass. */
  passTime(): void {
    this.#wake(() => true);
  }

  /** Drops the events up to `lastPosition`, as retention does. */
  trim(lastPosition: Position, untilMs: number | undefined): void {
    this.#lost = { firstPosition: 1, lastPosition, untilMs };
  }

  async readAfter(_stream: StreamName, after: Position, limits: ReadLimits): Promise<Page> {
    const lostUntil = this.#lost?.lastPosition ?? 0;
    const start = Math.max(after, lostUntil);
    const lines = this.#lines.slice(start, start + limits.events);
    const block: EventBlock = {
      firstPosition: start + 1,
      lastPosition: start + lines.length,
      ndjson: Buffer.from(lines.map((line) => `${line}\n`).join('')),
    };
    return {
      blocks: lines.length > 0 ? [block] : [],
      headPosition: this.headPosition,
      lost:
        this.#lost && after < lostUntil ? { ...this.#lost, firstPosition: after + 1 } : undefined,
    };
  }

  async waitBeyond(
    _stream: StreamName,
    after: Position,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Position> {
    this.waits.push({ position: after, timeoutMs });
    if (this.headPosition <= after && !signal?.aborted) {
      await new Promise<void>((wake) => {
        this.#waiting.push({ beyond: after, wake });
        signal?.addEventListener('abort', () => wake(), { once: true });
      });
    }
    return this.headPosition;
  }

  async delivery(sink: string, stream: StreamName): Promise<Delivery> {
    return this.#deliveries.get(`${sink} ${stream}`) ?? { position: 0 };
  }

  async saveDelivery(
    sink: string,
    stream: StreamName,
    delivery: Delivery,
    refused: readonly RefusedEvent[] = [],
  ): Promise<void> {
    await this.aroundSave(async () => {
      this.#deliveries.set(`${sink} ${stream}`, delivery);
      this.refused.push(...refused);
    });
  }

  #wake(isDue: (beyond: Position) => boolean): void {
    const due = this.#waiting.filter(({ beyond }) => isDue(beyond));
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter));
    for (const { wake } of due) wake();
  }
}
