import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../src/cli/system-clock.ts';
import { createSink, sliceLimitsOf } from '../../src/cli/service/create-adapters.ts';
import { deliveryForm, type DeliveryForm } from '../../src/cli/service/delivery-form.ts';
import { readSinks, type SinkConfig } from '../../src/config/entries.ts';
import { describeProblem, type Problem } from '../../src/config/problem.ts';
import { secretReader } from '../../src/config/secret-reader.ts';
import { YamlDocument } from '../../src/config/yaml-document.ts';
import type { Clock } from '../../src/core/clock.ts';
import { parseStoredEvent, toStoredEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { StreamName } from '../../src/core/stream.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { PageBudget } from '../../src/pipeline/page-budget.ts';
import { newSinkStatus, type SinkStatus } from '../../src/pipeline/status.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';

const startMs = Date.UTC(2026, 10, 21);
const appendSize = 1000;

export interface StandEvent {
  readonly id: string;
  readonly line: string;
}

/** What a stand is filled with: streams get 1,000 events each in turn. */
export interface StandContent {
  readonly streams?: readonly StreamName[];
  /** What becomes of the attributes of the event with this number, counted over all streams. */
  readonly alter?: (attributes: JsonObject, number: number) => JsonObject;
}

/** How a stand delivers: by default the one stream, by the machine's clock. */
export interface StandDelivery {
  readonly streams?: readonly StreamName[];
  readonly clock?: Clock;
  readonly meanwhile?: (statuses: readonly SinkStatus[]) => Promise<void>;
}

/** A store full of generated events, and the pipeline that delivers them to one sink. */
export class WireSinkStand implements AsyncDisposable {
  readonly store: EventStore;
  readonly stream: StreamName = 'acme/insync';
  readonly #root: string;

  private constructor(root: string, store: EventStore) {
    this.#root = root;
    this.store = store;
  }

  static async open(
    eventCount: number,
    seed = 1,
    { streams = ['acme/insync'], alter = (event) => event }: StandContent = {},
  ): Promise<WireSinkStand> {
    const root = await mkdtemp(join(tmpdir(), 'tailrace-wire-sink-'));
    const store = await openSqliteEventStore({ directory: root, clock: systemClock });
    const next = inSyncGenerator(seed);
    for (let at = 0; at < eventCount; at += appendSize) {
      const stream = streams[(at / appendSize) % streams.length] ?? 'acme/insync';
      const events = Array.from({ length: Math.min(appendSize, eventCount - at) }, (_, index) =>
        toStoredEvent(inSync.readEvent(alter(next(startMs + at + index), at + index)).event),
      );
      await store.append({ stream, events });
    }
    return new WireSinkStand(root, store);
  }

  /** Every event with the line that the sink has for it, in order. */
  async events(yaml: string, stream = this.stream): Promise<readonly StandEvent[]> {
    const { encode } = await this.#form(readEntry(yaml), stream);
    const events: StandEvent[] = [];
    for (let after = 0; ;) {
      const { blocks } = await this.store.readAfter(stream, after, {
        events: 5000,
        bytes: 4 * 1024 ** 2,
      });
      for (const { ndjson, lastPosition } of blocks) {
        for (const json of ndjson.toString().split('\n').slice(0, -1)) {
          const event = parseStoredEvent(json);
          events.push({ id: event.id, line: encode(event) });
        }
        after = lastPosition;
      }
      if (blocks.length === 0) return events;
    }
  }

  /**
   * Delivers with the sink that `yaml`, an entry of `sinks` without its dash, describes, until all is
   * delivered and `meanwhile` is over.
   */
  async deliverAll(
    yaml: string,
    meanwhile: (status: SinkStatus) => Promise<void> = async () => {},
  ): Promise<SinkStatus> {
    const [status] = await this.deliverStreams(yaml, {
      meanwhile: async ([running]) => running && meanwhile(running),
    });
    if (status === undefined) throw new Error('no stream was delivered');
    return status;
  }

  /** As `deliverAll`, of several streams at the same time. */
  async deliverStreams(
    yaml: string,
    { streams = [this.stream], clock = systemClock, meanwhile }: StandDelivery,
  ): Promise<readonly SinkStatus[]> {
    const config = readEntry(yaml);
    const { store } = this;
    const log = pino({ level: 'silent' });
    const readSecret = secretReader(process.env);
    await using sink = await createSink(config, { clock, log, readSecret });
    const statuses = streams.map((stream) => newSinkStatus(config.name, stream));
    const limits = sliceLimitsOf(config);
    const budget = PageBudget.forSlices(limits);
    const end = new AbortController();
    const works = statuses.map(async (status) => {
      const { stream } = status;
      const form = await this.#form(config, stream);
      const what = { sink, stream, store, ...form, limits, budget };
      await deliver({ ...what, clock, log, status }, end.signal);
    });
    const work = Promise.all(works);
    const isBehind = async ({ stream, position }: SinkStatus) =>
      position < ((await store.streamInfo(stream))?.headPosition ?? 0);
    try {
      await Promise.race([work, meanwhile?.(statuses)]);
      while ((await Promise.all(statuses.map(isBehind))).includes(true)) {
        await Promise.race([work, systemClock.sleep(20, end.signal)]);
      }
    } finally {
      end.abort();
      await work;
    }
    return statuses;
  }

  #form(config: SinkConfig, stream: StreamName): Promise<DeliveryForm> {
    return deliveryForm(config, stream, secretReader(process.env));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    await rm(this.#root, { recursive: true });
  }
}

function readEntry(yaml: string): SinkConfig {
  const problems: Problem[] = [];
  const text = `sinks:\n  - ${yaml.trim().replaceAll('\n', '\n    ')}\n`;
  const [config] = readSinks(new YamlDocument(text), problems);
  if (config === undefined)
    throw new Error(problems.map((problem) => describeProblem('sink', problem)).join('\n'));
  return config;
}
