import { constants, gzip, zstdCompress } from 'node:zlib';
import { promisify } from 'node:util';

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

/** Compresses off the main thread, at levels that keep up with a fast link. */
export function compress(body: Uint8Array, coding: ContentCoding): Promise<Buffer> {
  if (coding === 'gzip') return gzipAsync(body, { level: 4 });
  return zstdAsync(body, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}
