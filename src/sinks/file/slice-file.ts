import { createHash } from 'node:crypto';
import { lineCheck, type ManifestFacts } from '../../core/manifest.ts';
import type { DiskFile } from '../../lib/disk.ts';
import type { StagedSlice } from '../sink.ts';

const lineFeed = 0x0a;

export type SliceDigest = Pick<ManifestFacts, 'bytes' | 'sha256' | 'lineChecks'>;

/** Writes the slice's lines and takes their digests; not yet durable. */
export async function writeSlice(
  file: DiskFile,
  slice: StagedSlice,
  signal: AbortSignal,
): Promise<SliceDigest> {
  const hash = createHash('sha256');
  const checks = new LineChecks(slice.eventCount + slice.gaps.length);
  let bytes = 0;
  for (const chunk of slice.chunks) {
    signal.throwIfAborted();
    const written = file.write(chunk, bytes);
    hash.update(chunk); // while the disk writes
    checks.add(chunk);
    await written;
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex'), lineChecks: checks.toBase64() };
}

/** What of the manifest's entry is known from the slice alone. */
export function sliceFacts(
  slice: StagedSlice,
): Omit<ManifestFacts, 'file' | 'extra' | 'offset' | keyof SliceDigest> {
  const { stream, firstPosition, lastPosition, eventCount: events, gaps } = slice;
  const lost = gaps.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const leftOut = lastPosition - firstPosition + 1 - events - lost;
  return {
    stream,
    firstPosition,
    lastPosition,
    events,
    ...(leftOut > 0 && { leftOut }),
    ...(gaps.length > 0 && { gaps }),
  };
}

class LineChecks {
  readonly #checks: Buffer;
  #lines = 0;

  constructor(lines: number) {
    this.#checks = Buffer.alloc(lines);
  }

  add(chunk: Uint8Array): void {
    let begin = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
      this.#checks[this.#lines] = lineCheck(chunk.subarray(begin, end));
      this.#lines += 1;
      begin = end + 1;
    }
  }

  toBase64(): string {
    return this.#checks.toString('base64');
  }
}
