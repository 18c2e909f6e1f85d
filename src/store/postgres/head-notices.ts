import { Client } from 'pg';
import type { Logger } from 'pino';
import { errorMessage } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import { Backoff } from '../../lib/backoff.ts';
import { postgresDefaults, type PostgresOptions } from '../../postgres/options.ts';
import { poolConfig } from '../../postgres/pool-config.ts';

/** Heads that grow within so long are told together. */
const gatherMs = 10;
/** PostgreSQL takes up to 8,000 bytes; what does not fit is found by asking. */
const noticeBytesMax = 7500;
const reconnect = { firstMs: 250, maxMs: 30_000 } as const;

export interface HeadNoticesOptions extends PostgresOptions {
  readonly clock: Clock;
  readonly log: Logger | undefined;
  readonly onHead: (stream: StreamName, head: Position) => void;
}

/**
 * Tells other nodes at once which streams have grown, over one connection that also listens. Never
 * inside an append's transaction: commits that notify stand in line behind each other. A notice that
 * is lost (a crash, a pooler that does not pass it on) costs time only: waiting readers also ask.
 */
export class HeadNotices implements AsyncDisposable {
  readonly #options: HeadNoticesOptions;
  readonly #channel: string;
  readonly #stop = new AbortController();
  readonly #grown = new Map<StreamName, Position>();
  readonly #work: Promise<void>;
  #client: Client | undefined;
  #isGathering = false;

  constructor(options: HeadNoticesOptions) {
    this.#options = options;
    this.#channel = `${options.schema ?? postgresDefaults.schema}_head`;
    this.#work = this.#keepListening();
  }

  /** To be called behind every commit. */
  tell(stream: StreamName, head: Position): void {
    this.#grown.set(stream, head);
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#send();
    }, gatherMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#send();
    this.#stop.abort();
    // A server that has fallen silent never ends the connection: the time of a statement is limited.
    this.#client?.query('unlisten *').catch(() => {});
    await this.#client?.end().catch(() => {});
    await this.#work;
  }

  #send(): void {
    let notice = '';
    for (const [stream, head] of this.#grown) {
      const entry = `${stream} ${head}\n`;
      if (notice.length + entry.length > noticeBytesMax) break;
      notice += entry;
    }
    this.#grown.clear();
    if (notice === '') return;
    const values = [this.#channel, notice];
    this.#client?.query('select pg_notify($1, $2)', values).catch(() => {});
  }

  async #keepListening(): Promise<void> {
    const { log } = this.#options;
    const backoff = new Backoff(reconnect);
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#listen(() => backoff.succeeded());
      } catch (error) {
        log?.debug({ message: errorMessage(error) }, 'notices of other nodes are not heard');
      }
      if (!signal.aborted) await sleep(backoff.failed(), signal);
    }
  }

  /** Resolves when the connection has ended. */
  async #listen(onListening: () => void): Promise<void> {
    const client = new Client(poolConfig(this.#options));
    const ended = Promise.withResolvers<void>();
    client.on('error', () => ended.resolve());
    client.on('end', () => ended.resolve());
    client.on('notification', ({ payload }) => this.#hear(payload ?? ''));
    await client.connect();
    try {
      await client.query(`listen ${this.#channel}`);
      this.#client = client;
      if (this.#stop.signal.aborted) return;
      onListening();
      await ended.promise;
    } finally {
      this.#client = undefined;
      await client.end().catch(() => {});
    }
  }

  #hear(notice: string): void {
    for (const entry of notice.split('\n')) {
      const [name = '', head] = entry.split(' ');
      if (isStreamName(name)) this.#options.onHead(name, Number(head));
    }
  }
}

function isStreamName(name: string): name is StreamName {
  return name.includes('/');
}

/** Real time, as the server is not simulated; an idle store does not keep the process alive. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  timer.unref();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
