import { promisify } from 'node:util';
import { constants, createGzip, createZstdCompress, gzip, zstdCompress } from 'node:zlib';
import { pipedThrough } from '../lib/piped-through.ts';

/** Content codings we write, the better one first. */
export const contentCodings = ['zstd', 'gzip'] as const;
export type ContentCoding = (typeof contentCodings)[number];

/** Bodies smaller than this go out as they are: compressing them saves nothing. */
const compressibleBytesMin = 1024;

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

/** The coding to answer with, by `Accept-Encoding`; undefined for none. */
export function acceptedCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  if (acceptEncoding === undefined) return undefined;
  const qualities = new Map<string, number>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(name, quality === undefined ? 1 : Number(quality));
  }
  return contentCodings.find((coding) => (qualities.get(coding) ?? 0) > 0);
}

export function isCompressible(body: Uint8Array): boolean {
  return body.byteLength >= compressibleBytesMin;
}

/** Levels that cost little: docs/decisions/0009-fast-paths.md has what others cost and save. */
const gzipOptions = { level: 3 };
const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Compresses off the main thread. */
export function compress(body: Uint8Array, coding: ContentCoding): Promise<Buffer> {
  return coding === 'gzip' ? gzipAsync(body, gzipOptions) : zstdAsync(body, zstdOptions);
}

/** As `compress`, for a body of which only a piece is in memory at a time. */
export async function* compressedChunks(
  chunks: AsyncIterable<Uint8Array>,
  coding: ContentCoding,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  yield* pipedThrough(
    chunks,
    coding === 'gzip' ? createGzip(gzipOptions) : createZstdCompress(zstdOptions),
  );
}
