import { setMaxListeners } from 'node:events';
import type { SourceConfig } from '../../config/entries.ts';
import { parseStreamName } from '../../core/stream.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { collect } from '../../pipeline/collect.ts';
import type { LeasedWork } from '../../pipeline/leases.ts';
import { newSourceStatus } from '../../pipeline/status.ts';
import type { SourceStatus } from '../../pipeline/status.ts';
import type { Source, SourcePage } from '../../sources/source.ts';
import { BackfillGauge } from './backfill.ts';
import type { Backfill } from './backfill.ts';
import { supervise } from './supervise.ts';
import type { WorkerContext } from './supervise.ts';

/** One source of the configuration and the work of collecting from it. */
export class SourceWorker {
  readonly status: SourceStatus;
  /** Bytes of JSON of the events pulled since this process started. */
  bytesPulled = 0;
  readonly #config: SourceConfig;
  readonly #source: Source;
  readonly #context: WorkerContext;
  readonly #gauge: BackfillGauge;
  readonly #stop = new AbortController();
  #work: Promise<void> | undefined;

  /** Does nothing yet. */
  constructor(config: SourceConfig, source: Source, context: WorkerContext) {
    setMaxListeners(0, this.#stop.signal);
    this.#config = config;
    this.#context = context;
    this.status = newSourceStatus(config.name, config.stream);
    this.#gauge = new BackfillGauge(config.options.pollEvery);
    this.#source = this.#watched(source);
  }

  /** Undefined unless it has much to catch up with. */
  get backfill(): Backfill | undefined {
    return this.#gauge.at(this.#context.clock.monotonicMs());
  }

  /** How much time there is still to pull; undefined when nobody knows. */
  get behindMs(): number | undefined {
    const { clock } = this.#context;
    const { caughtUp, newestEventMs } = this.status;
    if (caughtUp) return 0;
    const behindMs = this.#gauge.behindMs(clock.monotonicMs());
    if (behindMs !== undefined || newestEventMs === undefined) return behindMs;
    return Math.max(0, clock.nowMs() - newestEventMs);
  }

  start(): void {
    const { leases, store, clock, log, retentionMs } = this.#context;
    const { name, stream, deduplication, options } = this.#config;
    const collection = {
      source: this.#source,
      store,
      feed: feedNamed(parseStreamName(stream).feed),
      clock,
      log: log.child({ source: name, stream }),
      status: this.status,
      pollMs: options.pollEvery,
      retainedSinceMs: () => clock.nowMs() - retentionMs(),
      ...(deduplication && { deduplicationMs: deduplication.horizon }),
    };
    const work: LeasedWork = {
      run: (leased, signal) => collect({ ...collection, store: leased }, signal),
      onStandby: (isStandby) => {
        this.status.isStandby = isStandby;
      },
    };
    this.#work = supervise(
      (signal) => leases.whileHeld({ stream, name: `source ${name}` }, work, signal),
      { ...this.#context, log: collection.log, status: this.status },
      this.#stop.signal,
    );
  }

  /** Resolves when the append under way is finished. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  #watched(source: Source): Source {
    return {
      name: source.name,
      stream: source.stream,
      mayPullAhead: source.mayPullAhead ?? false,
      pull: async (checkpoint, signal): Promise<SourcePage> => {
        const page = await source.pull(checkpoint, signal);
        this.bytesPulled += page.events.ndjson.length;
        this.#gauge.note(page, this.#context.clock.monotonicMs());
        return page;
      },
    };
  }
}
