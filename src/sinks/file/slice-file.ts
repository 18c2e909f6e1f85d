import { createHash, type Hash } from 'node:crypto';
import { lineCheck, type ManifestFacts } from '../../core/manifest.ts';
import type { DiskFile } from '../../lib/disk.ts';
import type { EncodedEvent, Slice } from '../sink.ts';

const chunkBytes = 1024 * 1024;
const lineFeed = 0x0a;
/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const bytesPerUnitMax = 3;

export type SliceDigest = Pick<ManifestFacts, 'bytes' | 'sha256' | 'lineChecks'>;

/** Writes the slice's lines, each ended by LF, and takes their digests; not yet durable. */
export async function writeSlice(
  file: DiskFile,
  slice: Slice,
  signal: AbortSignal,
): Promise<SliceDigest> {
  const hash = createHash('sha256');
  const checks = Buffer.allocUnsafe(slice.events.length);
  let bytes = 0;
  for (const chunk of chunks(slice.events, hash, checks)) {
    signal.throwIfAborted();
    await file.write(chunk, bytes);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex'), lineChecks: checks.toString('base64') };
}

/** What of the manifest's entry is known from the slice alone. */
export function sliceFacts(
  slice: Slice,
): Pick<ManifestFacts, 'stream' | 'firstPosition' | 'lastPosition' | 'events' | 'gaps'> {
  const { stream, firstPosition, lastPosition } = slice;
  const gaps = slice.events.flatMap(({ gap, position }) =>
    gap ? [[gap.firstPosition, position] as const] : [],
  );
  const events = slice.events.length - gaps.length;
  return { stream, firstPosition, lastPosition, events, ...(gaps.length > 0 && { gaps }) };
}

/** Whole lines, about a chunk at a time. The bytes are valid until the next one is asked for. */
function* chunks(events: readonly EncodedEvent[], hash: Hash, checks: Buffer): Iterable<Buffer> {
  let buffer = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  for (const [index, { line }] of events.entries()) {
    const needed = line.length * bytesPerUnitMax + 1;
    if (used > 0 && used + needed > buffer.length) {
      yield hashed(buffer.subarray(0, used), hash);
      used = 0;
    }
    if (needed > buffer.length) buffer = Buffer.allocUnsafe(needed);
    const start = used;
    used += buffer.write(line, used);
    checks[index] = lineCheck(buffer.subarray(start, used));
    buffer[used] = lineFeed;
    used += 1;
  }
  if (used > 0) yield hashed(buffer.subarray(0, used), hash);
}

function hashed(chunk: Buffer, hash: Hash): Buffer {
  hash.update(chunk);
  return chunk;
}
