import type { Writable } from 'node:stream';
import { AppError, errorMessage } from '../../core/errors.ts';
import { assertName } from '../../core/stream.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import { allTaken, type DeliveryOutcome, type DirectSink, type Slice } from '../sink.ts';

/**
 * Writes lines to standard output, for whatever reads the other end of the pipe. A slice counts as
 * delivered when the operating system has taken it: what becomes of it then cannot be known.
 */
export function createStdoutSink(name: string, output: Writable): DirectSink {
  assertName('sink', name);
  return new StdoutSink(name, output);
}

class StdoutSink implements DirectSink {
  readonly kind = 'direct';
  readonly name: string;
  readonly #output: Writable;

  constructor(name: string, output: Writable) {
    this.name = name;
    this.#output = output;
    if (!output.listeners('error').includes(overhear)) output.on('error', overhear);
  }

  async deliver({ events }: Slice, signal: AbortSignal): Promise<DeliveryOutcome> {
    signal.throwIfAborted();
    // In one piece, so that slices of several streams do not mix.
    const text = events.map(({ line }) => `${line}\n`).join('');
    await unlessAborted(write(this.#output, text), signal);
    return allTaken;
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
