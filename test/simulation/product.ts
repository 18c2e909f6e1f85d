import type { JsonObject } from '../../src/core/json.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import type { Fetch } from '../../src/lib/http-client.ts';
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

/** Batches that are on their way at one time. */
const lanes = 2;

/**
 * The vendor's product: sends batches of numbered events, each until it is answered, then the next.
 * Several are on their way at once, and events are sent late and out of order.
 */
export class Product {
  /** Numbers of the events that the service has acknowledged. */
  readonly acknowledged: number[] = [];
  readonly #world: World;
  readonly #fetch: Fetch;
  readonly #options: ProductOptions;
  readonly #generate: (number: number) => JsonObject;
  #numbers = 0;
  #batches = 0;
  #done = 0;

  constructor(world: World, fetch: Fetch, options: ProductOptions, seed: number) {
    this.#world = world;
    this.#fetch = fetch;
    this.#options = options;
    this.#generate = generatorOf(options.feed, seed, () => this.#timeMs());
  }

  get isDone(): boolean {
    return this.#done === lanes;
  }

  start(): void {
    for (let lane = 0; lane < lanes; lane++) void this.#work();
  }

  async #work(): Promise<void> {
    const { scheduler, random } = this.#world;
    const { batches, pauseMsMax } = this.#options;
    while (this.#batches < batches) {
      this.#batches += 1;
      const key = `batch-${this.#batches}`;
      const numbers = Array.from({ length: random.integer(1, 6) }, () => (this.#numbers += 1));
      const events = numbers.map((number) => JSON.stringify(this.#generate(number)));
      const body = (random.chance(0.5) ? events : events.toReversed()).join('\n');
      while (!(await this.#send(key, body))) await scheduler.wait(random.integer(100, 5000));
      this.acknowledged.push(...numbers);
      await scheduler.wait(random.integer(0, pauseMsMax));
    }
    this.#done += 1;
  }

  /** True when the service says that it has the batch. */
  async #send(key: string, body: string): Promise<boolean> {
    const { feed, ingestKey } = this.#options;
    try {
      const response = await this.#fetch(new URL(`http://127.0.0.1/ingest/v1/acme/${feed}`), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ingestKey}`,
          'content-type': 'application/x-ndjson',
          'idempotency-key': key,
        },
        body,
        redirect: 'manual',
        signal: new AbortController().signal,
      });
      const answer: { appended?: number } | null = JSON.parse(await response.text());
      return response.status === 200 && typeof answer?.appended === 'number';
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

function generatorOf(
  feed: FeedName,
  seed: number,
  timeMs: () => number,
): (number: number) => JsonObject {
  if (feed === 'insync') {
    const generate = inSyncGenerator(seed);
    return (number) => ({
      ...generate(timeMs()),
      eventID: number,
      eventDetails: `event number ${number}`,
    });
  }
  const generate = appTranaGenerator(seed);
  return (number) => ({ ...generate(timeMs()), requestId: `request-${number}` });
}

/** Of a numbered event in whichever form it comes; undefined for others. */
export function numberIn(line: string): number | undefined {
  const number = /(?:event number |request-)(\d+)/.exec(line)?.[1];
  return number === undefined ? undefined : Number(number);
}
