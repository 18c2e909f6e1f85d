import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { sinkContract, type SinkReceiver } from '../../../test/contract/sink.ts';
import { sliceOf } from '../../../test/contract/sink/slices.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { createStdoutSink } from './sink.ts';

const never = new AbortController().signal;

sinkContract('stdout sink', async () => new PipeReader());

it('asks for an operator when whoever read the pipe has gone', async () => {
  const reader = new PipeReader();
  await using sink = reader.newSink();
  await reader.kill();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const delivered = sink.deliver(sliceOf({}, 1, 1), never);
    await assert.rejects(delivered, { code: 'sink_refused', message: /read EPIPE|destroyed/ });
  }
});

it('says that nobody reads, and never writes twice what waits', async () => {
  await using reader = new PipeReader();
  await using sink = reader.newSink();
  await reader.pause();
  const slice = sliceOf({}, 1, 3);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const delivered = assert.rejects(sink.deliver(slice, never), {
      code: 'sink_unavailable',
      message: 'nobody reads standard output',
    });
    reader.clock.advance(30_000);
    await delivered;
  }
  const delivered = sink.deliver(slice, never);
  await reader.resume();
  await delivered;
  assert.equal(reader.lines().length, 3);
  await sink.deliver(slice, never);
  assert.equal(reader.lines().length, 6, 'what is sent on purpose once more is written');
});

it('never writes twice what waits when something given before it fails', async () => {
  const given: ((error?: Error) => void)[] = [];
  const write = (_text: string, taken: (error?: Error) => void) => given.push(taken) > 0;
  const clock = new ManualClock();
  await using sink = createStdoutSink('out', Object.assign(new Writable(), { write }), clock);
  const first = sliceOf({}, 1, 3);
  const longer = sliceOf({}, 1, 4);
  for (const slice of [first, longer]) {
    const delivered = assert.rejects(sink.deliver(slice, never), { code: 'sink_unavailable' });
    clock.advance(30_000);
    await delivered;
  }
  given[0]?.(new Error('write EAGAIN'));
  await setImmediate();
  const delivered = sink.deliver(longer, never);
  for (const taken of given.slice(1)) taken();
  await delivered;
  assert.equal(given.length, 2);
});

/** The process at the other end of a pipe. */
class PipeReader implements SinkReceiver {
  readonly clock = new ManualClock();
  readonly wireBatchEvents = 1000;
  readonly comesBackNever = 'who reads a pipe does not come back to it';
  #text = '';
  #waiting: { readonly chunk: Buffer; readonly taken: () => void }[] = [];
  #isPaused = false;
  readonly #output = new Writable({
    write: (chunk: Buffer, _encoding, taken) => {
      this.#waiting.push({ chunk, taken });
      if (!this.#isPaused) this.#read();
    },
  });

  constructor() {
    this.#output.on('error', () => {}); // `kill` may come before there is a sink
  }

  newSink() {
    return createStdoutSink('out', this.#output, this.clock);
  }

  lines(): readonly string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    this.#read();
  }

  async kill(): Promise<void> {
    this.#output.destroy(Object.assign(new Error('read EPIPE'), { code: 'EPIPE' }));
  }

  async restart(): Promise<void> {
    throw new Error(this.comesBackNever);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#output.destroy();
  }

  #read(): void {
    for (const { chunk, taken } of this.#waiting.splice(0)) {
      this.#text += chunk.toString();
      taken();
    }
  }
}
