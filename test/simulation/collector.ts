import type { Logger } from 'pino';
import { supervise } from '../../src/cli/service/supervise.ts';
import { Secret } from '../../src/core/secret.ts';
import type { StreamName } from '../../src/core/stream.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import type { Encoder } from '../../src/encode/encoder.ts';
import { feedNamed } from '../../src/feeds/feeds.ts';
import { collect } from '../../src/pipeline/collect.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { PageBudget } from '../../src/pipeline/page-budget.ts';
import { newSinkStatus, newSourceStatus } from '../../src/pipeline/status.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import type { Credentials } from './export-service.ts';
import { mergeSegments } from './export-service.ts';
import type { Life, Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { Outlet } from './outlet.ts';
import type { Setting } from './settings.ts';
import { simulatedStore } from './simulated-store.ts';
import type { StoreDisk } from './store-disk.ts';

export interface CollectorOptions {
  readonly machine: Machine;
  readonly setting: Setting;
  readonly credentials: Credentials;
  readonly network: Network;
  readonly log: Logger;
  readonly disk: StoreDisk;
  readonly stream: StreamName;
  readonly outlet: Outlet;
  readonly format: 'cef' | 'syslog' | 'json';
  /** Whether ids of events are remembered, for sources that repeat without saying so. */
  readonly deduplicates: boolean;
}

const deduplicationMs = 7 * 86_400_000;

/** The collector: the real source, pipeline and sink over a simulated store, disk and network. */
export class Collector {
  readonly machine: Machine;
  readonly disk: StoreDisk;
  readonly stream: StreamName;
  readonly encode: Encoder;
  readonly #options: CollectorOptions;

  constructor(options: CollectorOptions) {
    const { setting, format } = options;
    this.#options = options;
    this.stream = options.stream;
    this.disk = options.disk;
    this.encode = compileEncoder(feedNamed(setting.feed), {
      format,
      profile: 'strict',
      hostname: 'collector.example.com',
      facility: 14,
    });
    this.machine = options.machine;
    this.machine.install({
      boot: (life) => this.#boot(life),
      losePower: () => {
        this.disk.losePower();
        options.outlet.losePower();
      },
    });
  }

  #boot(life: Life): void {
    const store = simulatedStore(this.machine, life, this.disk);
    void this.#run(life, store);
    void mergeSegments(life, this.machine, store);
  }

  /** As the service does it when it reads its configuration again, and when it is told to end. */
  async #run(life: Life, store: EventStore): Promise<void> {
    for (;;) {
      const stop = this.#work(life, store);
      const order = await life.told(['told to end', 'told to reload']);
      await stop();
      if (order === 'told to end') break;
    }
    this.machine.leave(life);
  }

  /** Begins to work. Calling what it returns ends that, and resolves when nothing is under way. */
  #work(life: Life, store: EventStore): () => Promise<void> {
    const { setting, credentials, network, log, outlet } = this.#options;
    const clock = this.machine.clockOf(life);
    const context = {
      clock,
      log,
      readSecret: async () => new Secret(setting.secret(credentials)),
      fetch: network.fetchFor(life),
    };
    const running = new AbortController();
    const { stream } = this;
    const feed = feedNamed(setting.feed);
    const source = setting.source({ credentials, context, stream });
    const pulling = newSourceStatus(source.name, stream);
    const collection = {
      source,
      store,
      feed,
      clock,
      log,
      status: pulling,
      pollMs: setting.pollMs,
      ...(this.#options.deduplicates ? { deduplicationMs } : {}),
    };
    const status = newSinkStatus(outlet.sinkName, stream);
    const { sink, limits } = outlet.open(life, { clock, log, readSecret: context.readSecret });
    const { encode } = this;
    const budget = PageBudget.forSlices(limits);
    const delivery = { sink, stream, store, encode, feed, limits, budget, clock, log, status };
    const work = [
      supervise((signal) => collect(collection, signal), { ...collection }, running.signal),
      supervise((signal) => deliver(delivery, signal), { ...delivery }, running.signal),
    ];
    return async () => {
      running.abort();
      await Promise.all(work);
      await sink[Symbol.asyncDispose]();
    };
  }
}
