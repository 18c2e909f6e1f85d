import { AppError, errorMessage } from '../core/errors.ts';
import { decoded } from '../lib/content-decoding.ts';
import { GrowingBytes } from '../lib/growing-bytes.ts';
import { releaseMemory } from '../lib/release-memory.ts';
import type { HttpContext } from './http-env.ts';
import { HttpError } from './http-error.ts';
import type { ByteBudget } from './limits/byte-budget.ts';
import { addressGroup } from './networks.ts';

export interface BodyLimits {
  /** As it comes over the wire. */
  readonly bytesMax: number;
  readonly decompressedBytesMax: number;
}

/** A request's body in memory; `Symbol.dispose` gives the memory back, and to the budget. */
export interface RequestBody extends Disposable {
  readonly bytes: Buffer;
}

/**
 * Reads a body of at most the limits, decompressed. A body that says that it is larger is refused
 * before a byte of it is read, every other one as soon as it is. Throws `too_large`, 415 for an
 * unknown coding, `input_invalid` for damaged compression and `overloaded`. The budget is shared by
 * tenants, and by addresses as long as nobody knows the `tenant`.
 */
export async function readBody(
  c: HttpContext,
  limits: BodyLimits,
  budget: ByteBudget,
  tenant?: string,
): Promise<RequestBody> {
  const coding = contentCoding(c.req.header('content-encoding'));
  const declared = Number(c.req.header('content-length') ?? 0);
  if (declared > limits.bytesMax) throw tooLarge(limits.bytesMax, `${declared}`);
  const holder = tenant ?? `address ${addressGroup(c.get('client').address)}`;
  const reading = new Reading(budget, holder, coding === 'identity' ? declared : 0);
  try {
    const wire = limitedWire(bodyStream(c), limits.bytesMax);
    const chunks =
      coding === 'identity' ? wire : decompressed(wire, coding, limits.decompressedBytesMax);
    for await (const chunk of chunks) reading.add(chunk);
    return reading.finish();
  } catch (error) {
    reading.abandon();
    throw error;
  }
}

/** Memory that a body gets before any of it has come, however much is announced. */
const trustedBytes = 1024 ** 2;

/**
 * What has been read so far, and its part of the budget. Chunks are put together as they come, and
 * their memory is given back: left to the garbage collector, megabytes of them per second would keep
 * it marking the whole heap.
 */
class Reading {
  readonly #budget: ByteBudget;
  readonly #holder: string;
  readonly #body: GrowingBytes;
  #bytes = 0;

  constructor(budget: ByteBudget, holder: string, expectedBytes: number) {
    this.#budget = budget;
    this.#holder = holder;
    this.#body = new GrowingBytes(Math.min(expectedBytes, trustedBytes) || 0);
  }

  add(chunk: Buffer): void {
    this.#budget.take(chunk.byteLength, this.#holder, this.#bytes);
    this.#bytes += chunk.byteLength;
    this.#body.add(chunk);
    releaseMemory(chunk);
  }

  abandon(): void {
    this.#budget.giveBack(this.#bytes, this.#holder);
    this.#bytes = 0;
    this.#body.release();
  }

  finish(): RequestBody {
    return { bytes: this.#body.finish(), [Symbol.dispose]: () => this.abandon() };
  }
}

type Coding = 'identity' | 'gzip' | 'zstd';

function contentCoding(header: string | undefined): Coding {
  const name = (header ?? 'identity').trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === 'zstd') return 'zstd';
  const got = JSON.stringify(name.slice(0, 40));
  throw new HttpError('input_invalid', `Content-Encoding must be gzip or zstd, got ${got}`, {
    status: 415,
    headers: { 'accept-encoding': 'gzip, zstd' },
  });
}

function bodyStream(c: HttpContext): AsyncIterable<Buffer> {
  const incoming = c.env?.incoming;
  if (incoming !== undefined) {
    if (incoming.headers.expect?.toLowerCase() === '100-continue') c.env.outgoing?.writeContinue();
    return incoming;
  }
  return webStream(c.req.raw.body);
}

async function* webStream(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
): AsyncIterable<Buffer> {
  for await (const chunk of body ?? []) yield Buffer.from(chunk);
}

/** A client that leaves, or is too slow, is no defect of ours: `input_invalid`, which it will not see. */
async function* limitedWire(body: AsyncIterable<Buffer>, bytesMax: number): AsyncIterable<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw tooLarge(bytesMax, 'more');
      yield chunk;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('input_invalid', 'the body has broken off', { cause: error });
  }
}

async function* decompressed(
  wire: AsyncIterable<Buffer>,
  coding: 'gzip' | 'zstd',
  bytesMax: number,
): AsyncIterable<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of decoded(wire, coding)) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw tooLarge(bytesMax, 'more', ' after decompression');
      yield chunk;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    const message = `the body is not valid ${coding}: ${errorMessage(error)}`;
    throw new AppError('input_invalid', message, { cause: error });
  }
}

function tooLarge(bytesMax: number, got: string, when = ''): AppError {
  return new AppError('too_large', `the body must be at most ${bytesMax} bytes${when}, got ${got}`);
}
