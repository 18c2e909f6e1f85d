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
import { fileSinkOptions, fileSliceLimits } from '../../src/sinks/file/options.ts';
import { createFileSink } from '../../src/sinks/file/sink.ts';
import { MemoryStorage } from '../../src/testing/memory-storage.ts';
import type { Credentials } from './export-service.ts';
import { mergeSegments } from './export-service.ts';
import { type Life, Machine, type World } from './machine.ts';
import type { Network } from './network.ts';
import type { Setting } from './settings.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { simulatedStore } from './simulated-store.ts';

export const watchedDirectory = '/siem';

export interface CollectorOptions {
  readonly setting: Setting;
  readonly credentials: Credentials;
  readonly network: Network;
  readonly log: Logger;
  readonly mode: 'publish' | 'append';
  readonly format: keyof typeof extensions;
  /** Whether ids of events are remembered, for sources that repeat without saying so. */
  readonly deduplicates: boolean;
  readonly rollEvents: number;
}

const extensions = { cef: 'cef', syslog: 'log', json: 'json' } as const;
const deduplicationMs = 7 * 86_400_000;

/** The collector: the real source, pipeline and file sink over a simulated store, disk and network. */
export class Collector {
  readonly machine: Machine;
  readonly storage = new MemoryStorage();
  readonly disk: SimulatedDisk;
  readonly stream: StreamName;
  readonly encode: Encoder;
  readonly #options: CollectorOptions;

  constructor(world: World, options: CollectorOptions) {
    const { setting, format } = options;
    this.#options = options;
    this.stream = `acme/${setting.feed}`;
    this.disk = new SimulatedDisk(world);
    this.disk.files.makeDirectory(watchedDirectory);
    this.disk.files.syncDirectory('/');
    this.encode = compileEncoder(feedNamed(setting.feed), {
      format,
      profile: 'strict',
      hostname: 'collector.example.com',
      facility: 14,
    });
    this.machine = new Machine('collector', world);
    this.machine.install({
      boot: (life) => this.#boot(life),
      losePower: () => this.disk.losePower(),
    });
  }

  #boot(life: Life): void {
    const { setting, credentials, network, log } = this.#options;
    const store = simulatedStore(this.machine, life, this.storage);
    const clock = this.machine.clockOf(life);
    const context = {
      clock,
      log,
      readSecret: async () => new Secret(setting.secret(credentials)),
      fetch: network.fetchFor(life),
    };
    const running = new AbortController().signal;
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
    const status = newSinkStatus('files', stream);
    const options = fileSinkOptions.parse({
      type: 'file',
      directory: watchedDirectory,
      mode: this.#options.mode,
      rollEvery: '5s',
      rollEvents: this.#options.rollEvents,
    });
    const { encode } = this;
    const extension = extensions[this.#options.format];
    const sink = createFileSink('files', options, extension, context, this.disk.mountedBy(life));
    const limits = fileSliceLimits(options);
    const budget = PageBudget.forSlices(limits);
    const delivery = { sink, stream, store, encode, feed, limits, budget, clock, log, status };
    void supervise((signal) => collect(collection, signal), { ...collection }, running);
    void supervise((signal) => deliver(delivery, signal), { ...delivery }, running);
    void mergeSegments(life, this.machine, store);
  }
}
