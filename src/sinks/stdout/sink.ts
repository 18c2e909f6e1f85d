import type { Writable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { AppError, errorMessage } from '../../core/errors.ts';
import { assertName, type StreamName } from '../../core/stream.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import { allTaken, type DeliveryOutcome, type DirectSink, type Slice } from '../sink.ts';

/**
 * Writes lines to standard output, for whatever reads the other end of the pipe. A slice counts as
 * delivered when the operating system has taken it: what becomes of it then cannot be known.
 */
export function createStdoutSink(name: string, output: Writable, clock: Clock): DirectSink {
  assertName('sink', name);
  return new StdoutSink(name, output, clock);
}

/** How long a write may wait for a reader before that is said. */
const readerWaitMs = 30_000;

/** What has been given to the output, maybe without its being taken yet. */
interface Written {
  readonly text: string;
  readonly taken: Promise<void>;
}

class StdoutSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #output: Writable;
  readonly #clock: Clock;
  /** By stream. A write cannot be taken back: who tries again waits for the same one. */
  readonly #waiting = new Map<StreamName, Written>();

  constructor(name: string, output: Writable, clock: Clock) {
    this.name = name;
    this.#output = output;
    this.#clock = clock;
    if (!output.listeners('error').includes(overhear)) output.on('error', overhear);
  }

  async deliver({ stream, events }: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    signal.throwIfAborted();
    // In one piece, so that slices of several streams do not mix.
    const text = events.map(({ line }) => `${line}\n`).join('');
    const written = this.#written(stream, text);
    await this.#inTime(written.taken, signal);
    this.#forget(stream, written);
    return allTaken;
  }

  #written(stream: StreamName, text: string): Written {
    const before = this.#waiting.get(stream);
    if (before?.text === text) return before;
    const written = { text, taken: write(this.#output, text) };
    written.taken.catch(() => this.#forget(stream, written)); // the next attempt writes anew
    this.#waiting.set(stream, written);
    return written;
  }

  /** Not what was written for the stream later. */
  #forget(stream: StreamName, written: Written): void {
    if (this.#waiting.get(stream) === written) this.#waiting.delete(stream);
  }

  async #inTime(taken: Promise<void>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const late = this.#clock.sleep(readerWaitMs, ended).then(() => {
      signal.throwIfAborted();
      throw new AppError('sink_unavailable', 'nobody reads standard output');
    });
    try {
      await unlessAborted(Promise.race([taken, late]), signal);
    } finally {
      late.catch(() => {});
      over.abort();
    }
  }

  async probe(test: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    return this.deliver(test, signal);
  }

  /** The output belongs to the process and stays open. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/**
 * A write reports its failure itself. The stream's own event comes behind it, maybe when the sink is
 * gone, and would end the process if nobody listened.
 */
function overhear(): void {}

async function write(output: Writable, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  output.write(text, (error) => {
    if (error) reject(notWritten(error));
    else resolve();
  });
  await promise;
}

/** What reads a pipe does not come back to it: somebody has to start both anew. */
function notWritten(error: Error): AppError {
  const hasNoReader = 'code' in error && error.code !== 'EAGAIN';
  const message = `standard output takes nothing any more: ${errorMessage(error)}`;
  return new AppError(hasNoReader ? 'sink_refused' : 'sink_unavailable', message, { cause: error });
}
