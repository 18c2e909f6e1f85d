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
import { parseStoredEvent, toStoredEvent } from '../../src/core/event.ts';
import type { StreamName } from '../../src/core/stream.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { newSinkStatus, type SinkStatus } from '../../src/pipeline/status.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';

const startMs = Date.UTC(2026, 10, 21);
const appendSize = 1000;

export interface StandEvent {
  readonly id: string;
  readonly line: string;
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

  static async open(eventCount: number, seed = 1): Promise<WireSinkStand> {
    const root = await mkdtemp(join(tmpdir(), 'tailrace-wire-sink-'));
    const store = await openSqliteEventStore({ directory: root, clock: systemClock });
    const stand = new WireSinkStand(root, store);
    const next = inSyncGenerator(seed);
    for (let at = 0; at < eventCount; at += appendSize) {
      const events = Array.from({ length: Math.min(appendSize, eventCount - at) }, (_, index) =>
        toStoredEvent(inSync.readEvent(next(startMs + at + index)).event),
      );
      await store.append({ stream: stand.stream, events });
    }
    return stand;
  }

  /** Every event with the line that the sink has for it, in order. */
  async events(yaml: string): Promise<readonly StandEvent[]> {
    const { encode } = await this.#form(readEntry(yaml));
    const events: StandEvent[] = [];
    for (let after = 0; ;) {
      const { blocks } = await this.store.readAfter(this.stream, after, {
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
    const config = readEntry(yaml);
    const { stream, store } = this;
    const log = pino({ level: 'silent' });
    const context = { clock: systemClock, log, readSecret: secretReader(process.env) };
    await using sink = createSink(config, context);
    const status = newSinkStatus(config.name, stream);
    const end = new AbortController();
    const work = deliver(
      {
        sink,
        stream,
        store,
        ...(await this.#form(config)),
        limits: sliceLimitsOf(config),
        clock: systemClock,
        log,
        status,
      },
      end.signal,
    );
    const head = (await store.streamInfo(stream))?.headPosition ?? 0;
    try {
      await Promise.race([work, meanwhile(status)]);
      while (status.position < head) await Promise.race([work, systemClock.sleep(20, end.signal)]);
    } finally {
      end.abort();
      await work;
    }
    return status;
  }

  #form(config: SinkConfig): Promise<DeliveryForm> {
    return deliveryForm(config, this.stream, secretReader(process.env));
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
