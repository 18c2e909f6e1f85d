import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { JsonObject } from '../../src/core/json.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import type { Fetch } from '../../src/lib/http-client.ts';
import type { AttackWindows } from './attack-windows.ts';
import type { World } from './machine.ts';
import type { FeedName } from './settings.ts';

export interface ProductOptions {
  readonly feed: FeedName;
  readonly ingestKey: string;
  readonly batches: number;
  /** How much older than the moment of its sending an event may be. */
  readonly lateMsMax: number;
  /** Between two batches of one lane. */
  readonly pauseMsMax: number;
}

interface Batch {
  readonly key: string;
  readonly body: string;
  /** By number. */
  readonly timesMs: ReadonlyMap<number, number>;
}

interface Acknowledgement {
  /** When it happened. */
  readonly timeMs: number;
  /** When it was acknowledged, since the beginning. */
  readonly atMs: number;
  readonly turn: number;
}

/** Batches that are on their way at one time. */
const lanes = 2;

/**
 * The vendor's product: sends batches of numbered events, each until it is answered, then the next.
 * Several are on their way at once, and events are sent late and out of order.
 */
export class Product {
  /** Events that the service has acknowledged, by number. */
  readonly #acknowledged = new Map<number, Acknowledgement>();
  readonly #world: World;
  readonly #fetch: Fetch;
  readonly #options: ProductOptions;
  readonly #generate: (number: number, timeMs: number) => JsonObject;
  #numbers = 0;
  #batches = 0;
  #done = 0;
  #unanswered = 0;

  constructor(world: World, fetch: Fetch, options: ProductOptions, seed: number) {
    this.#world = world;
    this.#fetch = fetch;
    this.#options = options;
    this.#generate = generatorOf(options.feed, seed);
  }

  get isDone(): boolean {
    return this.#done === lanes && this.#unanswered === 0;
  }

  /** Numbers of the events that the service has acknowledged. */
  get acknowledged(): readonly number[] {
    return [...this.#acknowledged.keys()];
  }

  /** Those that came too late for who does not ask again: their time had been asked for before. */
  late(windows: AttackWindows): readonly number[] {
    return this.acknowledged.filter((number) => {
      const { timeMs, turn } = this.#acknowledged.get(number) ?? { timeMs: 0, turn: 0 };
      return windows.wasAskedFor(timeMs, turn);
    });
  }

  /** Those that happened before a moment, counted from the beginning, and came after it. */
  lateAt(momentMs: number): readonly number[] {
    const atMs = this.#world.startMs + momentMs;
    return [...this.#acknowledged]
      .filter(([, event]) => event.timeMs < atMs && event.atMs >= momentMs)
      .map(([number]) => number);
  }

  /** Sends one event that happened then, straight to the service; and again until it is answered. */
  async sendAt(timeMs: number, fetch: Fetch): Promise<void> {
    if (this.isDone) return;
    const batch = this.#nextBatch(1, timeMs);
    this.#unanswered += 1;
    void this.#insist(batch);
    await this.#send(batch, fetch);
  }

  async #insist(batch: Batch): Promise<void> {
    const { scheduler, random } = this.#world;
    do await scheduler.wait(random.integer(5000, 20_000));
    while (!this.#isAcknowledged(batch) && !(await this.#send(batch, this.#fetch)));
    this.#unanswered -= 1;
  }

  start(): void {
    for (let lane = 0; lane < lanes; lane++) void this.#work();
  }

  async #work(): Promise<void> {
    const { scheduler, random } = this.#world;
    const { batches, pauseMsMax } = this.#options;
    while (this.#batches < batches) {
      const batch = this.#nextBatch(random.integer(1, 6));
      while (!(await this.#send(batch, this.#fetch))) {
        await scheduler.wait(random.integer(100, 5000));
      }
      await scheduler.wait(random.integer(0, pauseMsMax));
    }
    this.#done += 1;
  }

  #nextBatch(length: number, atMs?: number): Batch {
    this.#batches += 1;
    const timesMs = new Map<number, number>();
    const events = Array.from({ length }, () => {
      const number = (this.#numbers += 1);
      const timeMs = atMs ?? this.#timeMs();
      timesMs.set(number, timeMs);
      return JSON.stringify(this.#generate(number, timeMs));
    });
    const inOrder = this.#world.random.chance(0.5) ? events : events.toReversed();
    return { key: `batch-${this.#batches}`, body: inOrder.join('\n'), timesMs };
  }

  #isAcknowledged({ timesMs }: Batch): boolean {
    return timesMs.keys().every((number) => this.#acknowledged.has(number));
  }

  /** True when the service says that it has the batch. */
  async #send({ key, body, timesMs }: Batch, fetch: Fetch): Promise<boolean> {
    const { feed, ingestKey } = this.#options;
    try {
      const response = await fetch(new URL(`http://127.0.0.1/ingest/v1/acme/${feed}`), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ingestKey}`,
          'content-type': 'application/x-ndjson',
          'idempotency-key': key,
        },
        body,
        signal: new AbortController().signal,
      });
      const answer: { appended?: number } | null = JSON.parse(
        await text(response.body ?? Readable.from([])),
      );
      if (response.status !== 200 || typeof answer?.appended !== 'number') return false;
      const { turns: turn, nowMs: atMs } = this.#world.scheduler;
      for (const [number, timeMs] of timesMs) {
        if (!this.#acknowledged.has(number)) this.#acknowledged.set(number, { timeMs, atMs, turn });
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Of an event that is sent now, by the product's own clock, which is right. */
  #timeMs(): number {
    const { scheduler, random, startMs } = this.#world;
    const lateMs = random.chance(0.3) ? random.integer(0, this.#options.lateMsMax) : 0;
    return startMs + scheduler.nowMs - lateMs;
  }
}

function generatorOf(feed: FeedName, seed: number): (number: number, timeMs: number) => JsonObject {
  if (feed === 'insync') {
    const generate = inSyncGenerator(seed);
    return (number, timeMs) => ({
      ...generate(timeMs),
      eventID: number,
      eventDetails: `event number ${number}`,
    });
  }
  const generate = appTranaGenerator(seed);
  return (number, timeMs) => ({ ...generate(timeMs), requestId: `request-${number}` });
}

/** Of a numbered event in whichever form it comes; undefined for others. */
export function numberIn(line: string): number | undefined {
  const number = /(?:event number |request-)(\d+)/.exec(line)?.[1];
  return number === undefined ? undefined : Number(number);
}
