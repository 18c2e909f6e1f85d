import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Config } from '../../config/read-config.ts';
import { secretReader } from '../../config/secret-reader.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Directory } from '../../directory/directory.ts';
import type { HealthCheck, HealthReport } from '../../http/health.ts';
import type { RunningServer } from '../../http/server.ts';
import type { LeasedWork } from '../../pipeline/leases.ts';
import type { EventStore } from '../../store/event-store.ts';
import { locationOf } from '../data-location.ts';
import { openDataDirectory, openDataStore } from '../open-data.ts';
import { version } from '../version.ts';
import { consolePageDirectory } from './console-page.ts';
import { createAdapters } from './create-adapters.ts';
import type { Adapters } from './create-adapters.ts';
import { instanceParts } from './instance-parts.ts';
import { lockDataDirectory } from './data-lock.ts';
import { keepHouse } from './housekeeping.ts';
import { openNode, type ServiceNode } from './node.ts';
import { writeStatus, type ProcessStatus } from './status-file.ts';
import type { WorkerContext } from './supervise.ts';
import { Workers } from './workers.ts';

const statusEveryMs = 2000;
/** How long requests that are being answered may take when the service ends. */
const requestGraceMs = 3000;

/** What a running process does not change. */
const settingsOfTheStart: readonly {
  readonly name: string;
  readonly of: (config: Config) => unknown;
}[] = [
  { name: 'dataDirectory', of: (config) => config.dataDirectory },
  { name: 'store', of: (config) => config.store },
  { name: 'serve', of: (config) => config.serve },
  { name: 'monitor', of: (config) => config.monitor },
  { name: 'masterKey', of: (config) => config.masterKey },
  { name: 'previousMasterKey', of: (config) => config.previousMasterKey },
  { name: 'log.format', of: (config) => config.log.format },
];

export interface ServiceContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Logger;
  /** Offered on the sign-in page; the demo's only. */
  readonly demoAccounts?: () => readonly { readonly email: string; readonly password: string }[];
}

/**
 * Everything that a configuration describes, at work: locks its data directory, opens the store and
 * for an export service the directory of tenants, starts server, sources, sinks and housekeeping.
 */
export class Service implements AsyncDisposable {
  readonly store: EventStore;
  /** Undefined unless the configuration has `serve`. */
  readonly directory: Directory | undefined;
  readonly #context: ServiceContext;
  readonly #node: ServiceNode;
  readonly #resources: AsyncDisposableStack;
  readonly #startedAtMs: number;
  readonly #stop = new AbortController();
  /** Of the start: what the process itself keeps to. */
  readonly #started: Config;
  #config: Config;
  #workers: Workers;
  #server: RunningServer | undefined;
  #background: readonly Promise<void>[] = [];

  private constructor(
    config: Config,
    context: ServiceContext,
    opened: {
      readonly adapters: Adapters;
      readonly store: EventStore;
      readonly directory: Directory | undefined;
      readonly node: ServiceNode;
      readonly resources: AsyncDisposableStack;
    },
  ) {
    this.store = opened.store;
    this.directory = opened.directory;
    this.#node = opened.node;
    this.#resources = opened.resources;
    this.#started = config;
    this.#config = config;
    this.#context = context;
    this.#startedAtMs = context.clock.nowMs();
    this.#workers = new Workers(opened.adapters, this.#workerContext());
  }

  /** Resolves when it serves and works. Throws `store_locked`, `address_in_use`, `config_invalid` … */
  static async start(config: Config, context: ServiceContext): Promise<Service> {
    await using resources = new AsyncDisposableStack();
    const { dataDirectory } = config;
    // With a store that is shared, too: what is local is one node's.
    resources.use(await lockDataDirectory(dataDirectory));
    const { adapters, store, directory } = await openParts(config, context, resources);
    const { clock, log } = context;
    const status = () => JSON.stringify(service.#describe());
    const node = await openNode({ store, dataDirectory, clock, log, status });
    const opened = { adapters, store, directory, node, resources: resources.move() };
    const service: Service = new Service(config, context, opened);
    try {
      await service.#listen();
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
    service.#begin();
    return service;
  }

  /** Where it listens, if it does. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  get workers(): Workers {
    return this.#workers;
  }

  /**
   * Sources and sinks go on with the new configuration, from where they were. Throws without
   * changing anything when one cannot be made. What concerns the process as a whole waits for its
   * next start, which is logged.
   */
  async reload(config: Config): Promise<void> {
    const context = this.#workerContext();
    const next = new Workers(await createAdapters(config, context), context);
    await this.#workers.stop();
    this.#workers = next;
    this.#config = config;
    next.start();
    const atNextStart = settingsOfTheStart
      .filter(({ of }) => !isDeepStrictEqual(of(this.#started), of(config)))
      .map(({ name }) => name);
    if (atNextStart.length === 0) return;
    this.#context.log.warn({ atNextStart }, 'these settings take effect at the next start');
  }

  /** Takes no more requests, finishes what is under way and what sinks can deliver in `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    await this.#server?.close(Math.min(requestGraceMs, graceMs));
    await this.#workers.drain(graceMs);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#server?.close(0);
    await this.#workers.stop();
    await Promise.all(this.#background);
    await this.#tryToWriteStatus();
    await this.#node.leave();
    await this.#resources.disposeAsync();
  }

  #begin(): void {
    const { store, directory } = this;
    const { clock, log } = this.#context;
    const { signal } = this.#stop;
    const retention = () => this.#config.retention;
    const housekeeping: LeasedWork = {
      run: (_, held) => keepHouse({ store, directory, clock, log, retention }, held),
    };
    this.#workers.start();
    this.#background = [
      this.#node.keep(signal),
      this.#node.leases.whileHeld({ stream: '', name: 'housekeeping' }, housekeeping, signal),
      this.#writeAuditEvents(),
      this.#keepStatus(),
    ];
  }

  /** One node does it for all. */
  async #writeAuditEvents(): Promise<void> {
    const { directory } = this;
    if (directory === undefined) return;
    const { AuditEvents } = await import('../../http/audit-events.ts');
    const { clock, log } = this.#context;
    const { signal } = this.#stop;
    const writing: LeasedWork = {
      run: (store, held) => new AuditEvents({ store, directory, clock, log }).follow(held),
    };
    await this.#node.leases.whileHeld({ stream: '', name: 'audit events' }, writing, signal);
  }

  async #listen(): Promise<void> {
    const { serve, monitor } = this.#config;
    if (serve === undefined && monitor === undefined) return;
    const { clock, log } = this.#context;
    const { createMetrics } = await loadMetrics();
    const { directory, store } = this;
    const metrics = createMetrics({ clock, directory, store, workers: () => this.#workers });
    const health = () => this.#health();
    if (serve !== undefined && directory !== undefined) {
      const { startServer } = await loadServer();
      const scratchDirectory = this.#config.dataDirectory;
      const dependencies = {
        store,
        directory,
        clock,
        log,
        metrics,
        health,
        scratchDirectory,
        console: this.#consoleParts(),
        instance: instanceParts({
          startedAtMs: this.#startedAtMs,
          config: () => this.#config,
          workers: () => this.#workers,
        }),
      };
      this.#server = await startServer(dependencies, serve);
    }
    if (monitor === undefined) return;
    const { startMonitor } = await import('../../http/monitor.ts');
    const server = await startMonitor({ clock, log, metrics, health }, monitor);
    this.#resources.defer(() => server.close(0));
    this.#server ??= server;
  }

  #consoleParts() {
    const { environment, demoAccounts } = this.#context;
    return {
      version,
      pageDirectory: consolePageDirectory(),
      readSecret: secretReader(environment),
      ...(demoAccounts && { demoAccounts }),
    };
  }

  #workerContext(): WorkerContext {
    const { clock, log, environment } = this.#context;
    const { leases, home } = this.#node;
    const readSecret = secretReader(environment);
    const retentionMs = () => this.#config.retention.events;
    return { store: this.store, clock, log, readSecret, leases, home, retentionMs };
  }

  /** A vendor or a SIEM that is down is shown, and no reason to take requests away from the process. */
  #health(): HealthReport {
    const checks: Record<string, HealthCheck> = {};
    for (const { status } of this.#workers.sources) {
      checks[`source ${status.name}`] = { ok: true, detail: detailOf(status) };
    }
    for (const status of this.#workers.sinkStatuses()) {
      checks[`sink ${status.name} ${status.stream}`] = { ok: true, detail: detailOf(status) };
    }
    return { ready: !this.#stop.signal.aborted, checks };
  }

  async #keepStatus(): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#tryToWriteStatus();
      await clock.sleep(statusEveryMs, signal);
    }
  }

  /** For a store of its own; nodes that share one say it with their signs of life. */
  async #tryToWriteStatus(): Promise<void> {
    if (this.store.leases !== undefined) return;
    try {
      await writeStatus(this.#started.dataDirectory, this.#describe());
    } catch (error) {
      const message = errorMessage(error);
      this.#context.log.warn({ message }, 'the status file could not be written');
    }
  }

  #describe(): ProcessStatus {
    return {
      version,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      writtenAtMs: this.#context.clock.nowMs(),
      listen: this.url,
      sources: this.#workers.sources.map(({ status, behindMs, backfill }) => ({
        ...status,
        behindMs,
        backfill,
      })),
      sinks: this.#workers.sinkStatuses(),
    };
  }
}

const loadMetrics = () => import('./metrics.ts');
const loadServer = () => import('../../http/server.ts');

/** All at once, and while threads open the store what comes next is loaded: a start is to be short. */
async function openParts(
  config: Config,
  { environment, clock, log }: ServiceContext,
  resources: AsyncDisposableStack,
): Promise<{
  readonly adapters: Adapters;
  readonly store: EventStore;
  readonly directory: Directory | undefined;
}> {
  const { serve } = config;
  const location = await locationOf(config, environment);
  const [store, directory, adapters] = await Promise.allSettled([
    openDataStore(location, log),
    serve && openDataDirectory(location, environment, log),
    createAdapters(config, { clock, log, readSecret: secretReader(environment) }),
    serve && loadServer(),
    serve && loadMetrics(),
  ]);
  if (store.status === 'fulfilled') resources.use(store.value);
  if (directory.status === 'fulfilled') resources.use(directory.value);
  if (store.status === 'rejected') throw store.reason;
  if (directory.status === 'rejected') throw directory.reason;
  if (adapters.status === 'rejected') throw adapters.reason;
  return { adapters: adapters.value, store: store.value, directory: directory.value };
}

function detailOf({ state, lastError }: HealthDetail): string {
  return state === 'retrying' && lastError ? `${state}: ${lastError.code}` : state;
}

interface HealthDetail {
  readonly state: string;
  readonly lastError: { readonly code: string } | undefined;
}
