import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { pipedThrough } from './piped-through.ts';

/** A window of 8 MiB, as RFC 9659 has it: a body of a few bytes may ask for gigabytes. */
const zstdOptions = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

/** What undoes a content coding, by its name in `Content-Encoding`. */
const decoders = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(zstdOptions),
} as const satisfies Record<string, () => Transform>;
export type KnownCoding = keyof typeof decoders;

export function isKnownCoding(name: string): name is KnownCoding {
  return Object.hasOwn(decoders, name);
}

/** The codings of a body, in the order in which they were applied, in lower case. */
export function contentCodingsIn(header: string | null): readonly string[] {
  const names = (header ?? '').split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity');
}

/**
 * A body without its coding. How much comes out is not limited here. A body that is empty is that:
 * some say how the body would be compressed that is not there.
 */
export async function* decoded(
  body: AsyncIterable<Uint8Array>,
  coding: KnownCoding,
): AsyncIterable<Buffer<ArrayBuffer>> {
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done !== true) yield* pipedThrough(behind(first.value, chunks), decoders[coding]());
}

async function* behind(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  try {
    for (let chunk = first; ;) {
      yield chunk;
      const next = await rest.next();
      if (next.done === true) return;
      chunk = next.value;
    }
  } finally {
    await rest.return?.();
  }
}
