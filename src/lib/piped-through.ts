import { Readable, type Transform } from 'node:stream';

/** `chunks` as they come out of `transform`. Rejects with the errors of both; leaving early ends both. */
export async function* pipedThrough(
  chunks: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncIterable<Buffer<ArrayBuffer>> {
  const source = Readable.from(chunks, { objectMode: false });
  source.on('error', (error) => transform.destroy(error));
  const transformed: AsyncIterable<Buffer<ArrayBuffer>> = source.pipe(transform);
  try {
    yield* transformed;
  } finally {
    transform.destroy();
    source.destroy();
  }
}
