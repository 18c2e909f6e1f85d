import { setMaxListeners } from 'node:events';
import type { StreamName } from '../../core/stream.ts';
import { feeds } from '../../feeds/feeds.ts';
import type { SinkStatus } from '../../pipeline/status.ts';
import type { Adapters } from './create-adapters.ts';
import { SinkWorker } from './sink-worker.ts';
import { SourceWorker } from './source-worker.ts';
import type { WorkerContext } from './supervise.ts';

const discoverEveryMs = 1000;
const drainCheckMs = 50;

/** All sources and sinks of a configuration at work. */
export class Workers {
  readonly sources: readonly SourceWorker[];
  readonly sinks: readonly SinkWorker[];
  readonly #context: WorkerContext;
  readonly #stop = new AbortController();
  /** Head positions when streams were looked for the last time. */
  #heads = new Map<StreamName, number>();
  #discovery: Promise<void> | undefined;

  /** Does nothing yet. */
  constructor({ sources, sinks }: Adapters, context: WorkerContext) {
    setMaxListeners(0, this.#stop.signal);
    this.#context = context;
    this.sources = sources.map(({ config, source }) => new SourceWorker(config, source, context));
    this.sinks = sinks.map(({ config, sink }) => new SinkWorker(config, sink, context));
  }

  start(): void {
    for (const source of this.sources) {
      source.start();
      this.#startSinks(source.status.stream);
    }
    if (this.sinks.length > 0) this.#discovery = this.#keepDiscovering();
  }

  sinkStatuses(): readonly SinkStatus[] {
    return this.sinks.flatMap((sink) => sink.statuses());
  }

  /** Ends all work; what a sink has not delivered stays in the store. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.sources, ...this.sinks].map((worker) => worker.stop()));
    await this.#discovery;
  }

  /** Ends the sources, lets working sinks deliver what is stored for at most `graceMs`, ends them. */
  async drain(graceMs: number): Promise<void> {
    const { clock } = this.#context;
    const untilMs = clock.monotonicMs() + graceMs;
    await Promise.all(this.sources.map((source) => source.stop()));
    while (clock.monotonicMs() < untilMs && (await this.#hasWork())) {
      await clock.sleep(drainCheckMs, this.#stop.signal);
    }
    await this.stop();
  }

  async #hasWork(): Promise<boolean> {
    try {
      await this.#discover();
    } catch {
      return false; // without the store there is nothing to deliver from
    }
    return this.sinkStatuses().some(
      ({ stream, state, isStandby, position }) =>
        isStandby !== true && state !== 'retrying' && position < (this.#heads.get(stream) ?? 0),
    );
  }

  async #keepDiscovering(): Promise<void> {
    const { clock, log } = this.#context;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#discover();
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'streams could not be looked for');
      }
      await clock.sleep(discoverEveryMs, signal);
    }
  }

  /** Takes up streams that have appeared and lets go of those that were deleted. */
  async #discover(): Promise<void> {
    const streams = await this.#context.store.streams();
    const heads = new Map(streams.map((info) => [info.stream, info.headPosition]));
    for (const [stream, head] of this.#heads) {
      const isNew = (heads.get(stream) ?? 0) < head;
      if (isNew) await Promise.all(this.sinks.map((sink) => sink.stopStream(stream)));
    }
    this.#heads = heads;
    for (const source of this.sources) this.#startSinks(source.status.stream);
    for (const stream of heads.keys()) if (isKnown(stream)) this.#startSinks(stream);
  }

  #startSinks(stream: StreamName): void {
    if (this.#stop.signal.aborted) return;
    for (const sink of this.sinks) if (sink.wants(stream)) sink.startStream(stream);
  }
}

/** A newer version may have left streams of feeds that this one does not know. */
function isKnown(stream: StreamName): boolean {
  return feeds.some(({ name }) => stream.endsWith(`/${name}`));
}
