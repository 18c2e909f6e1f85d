import { setMaxListeners } from 'node:events';
import type { SinkConfig } from '../../config/entries.ts';
import { matchesStream } from '../../config/stream-pattern.ts';
import type { SecretReader } from '../../core/secret.ts';
import { parseStreamName, type StreamName } from '../../core/stream.ts';
import { deliver } from '../../pipeline/deliver.ts';
import { PageBudget } from '../../pipeline/page-budget.ts';
import type { LeasedWork } from '../../pipeline/leases.ts';
import { newSinkStatus } from '../../pipeline/status.ts';
import type { SinkStatus } from '../../pipeline/status.ts';
import type { Sink } from '../../sinks/sink.ts';
import { sliceLimitsOf } from './create-adapters.ts';
import { deliveryForm, type DeliveryForm } from './delivery-form.ts';
import { supervise } from './supervise.ts';
import type { WorkerContext } from './supervise.ts';

interface Delivery {
  readonly status: SinkStatus;
  readonly stop: AbortController;
  readonly work: Promise<void>;
}

/** One sink of the configuration and the work of delivering every stream that it is to get. */
export class SinkWorker {
  readonly #config: SinkConfig;
  readonly #sink: Sink;
  readonly #context: WorkerContext;
  readonly #deliveries = new Map<StreamName, Delivery>();
  readonly #forms = new Map<string, Promise<DeliveryForm>>();
  readonly #budget: PageBudget;

  /** Does nothing yet. */
  constructor(config: SinkConfig, sink: Sink, context: WorkerContext) {
    this.#config = config;
    this.#context = context;
    this.#sink = sink;
    this.#budget = PageBudget.forSlices(sliceLimitsOf(config));
  }

  get name(): string {
    return this.#config.name;
  }

  statuses(): readonly SinkStatus[] {
    return [...this.#deliveries.values()].map(({ status }) => status);
  }

  wants(stream: StreamName): boolean {
    return matchesStream(this.#config.streams, stream);
  }

  /** Begins to deliver `stream` unless that is under way. */
  startStream(stream: StreamName): void {
    if (this.#deliveries.has(stream)) return;
    const { name } = this.#config;
    const status = newSinkStatus(name, stream);
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const log = this.#context.log.child({ sink: name, stream });
    const work = supervise(
      (signal) => this.#deliver(stream, status, log, signal),
      { ...this.#context, log, status },
      stop.signal,
    );
    this.#deliveries.set(stream, { status, stop, work });
  }

  /** Ends the delivery of a stream that is gone. */
  async stopStream(stream: StreamName): Promise<void> {
    const delivery = this.#deliveries.get(stream);
    if (delivery === undefined) return;
    delivery.stop.abort();
    await delivery.work;
    this.#deliveries.delete(stream);
  }

  /** Resolves when the deliveries under way are finished and the sink is closed. */
  async stop(): Promise<void> {
    for (const { stop } of this.#deliveries.values()) stop.abort();
    await Promise.all([...this.#deliveries.values()].map(({ work }) => work));
    await this.#sink[Symbol.asyncDispose]();
  }

  async #deliver(
    stream: StreamName,
    status: SinkStatus,
    log: WorkerContext['log'],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, readSecret, leases, home } = this.#context;
    const form = await this.#formOf(stream, readSecret);
    const limits = sliceLimitsOf(this.#config);
    const sink = this.#sink;
    const budget = this.#budget;
    const name = `sink ${this.#config.name}`;
    // What a staged sink has begun lies on this machine; others can go on anywhere.
    const item = sink.kind === 'staged' ? { stream, name, home } : { stream, name };
    const work: LeasedWork = {
      run: (store, leased) =>
        deliver({ sink, stream, store, ...form, limits, budget, clock, log, status }, leased),
      onStandby: (isStandby) => {
        status.isStandby = isStandby;
      },
    };
    await leases.whileHeld(item, work, signal);
  }

  /** Compiled once for all streams of a feed; one that fails is tried again. */
  async #formOf(stream: StreamName, readSecret: SecretReader): Promise<DeliveryForm> {
    const { feed } = parseStreamName(stream);
    const known = this.#forms.get(feed) ?? deliveryForm(this.#config, stream, readSecret);
    this.#forms.set(feed, known);
    try {
      return await known;
    } catch (error) {
      this.#forms.delete(feed);
      throw error;
    }
  }
}
