import { createHash } from 'node:crypto';
import type { Feed } from '../../feeds/feed.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import type { EventWorkers } from '../event-workers/event-workers.ts';
import type { BatchResult } from '../event-workers/protocol.ts';
import type { BatchLimits } from './event-texts.ts';
import { readBatch } from './read-batch.ts';
import type { Batch } from './read-batch.ts';

/** Bytes of a body that the main thread reads itself: half a millisecond. */
const ownBytesMax = 64 * 1024;

export interface BatchOptions {
  readonly feed: Feed;
  /** Categories of events that are recorded. */
  readonly recorded: 'all' | readonly string[];
  readonly limits: BatchLimits;
  /** Whether the digest of the body is wanted. */
  readonly withDigest: boolean;
}

export interface DigestedBatch extends Batch {
  /** SHA-256 in base64url. */
  readonly digest: string | undefined;
}

/**
 * As `readBatch`, for a large body in another thread if there is one. The body is used up, and its
 * memory given away or back.
 */
export async function readBatchOf(
  body: Buffer,
  options: BatchOptions,
  workers: EventWorkers,
): Promise<DigestedBatch> {
  const { buffer, byteOffset, byteLength } = body;
  if (byteLength > ownBytesMax && buffer instanceof ArrayBuffer) {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const order = { ...options, feed: options.feed.name, body: bytes };
    const result = await workers.call('readBatch', order, [buffer]);
    if (result !== undefined) return toBatch(result);
  }
  const batch = digestedBatch(body, options);
  releaseMemory(body);
  return batch;
}

/** The same in this thread; the body stays as it is. */
export function digestedBatch(body: Buffer, options: BatchOptions): DigestedBatch {
  const { feed, recorded, limits, withDigest } = options;
  const isRecorded = (category: string): boolean =>
    recorded === 'all' || recorded.includes(category);
  const batch = readBatch(body, feed, isRecorded, limits);
  return { ...batch, digest: withDigest ? digestOf(body) : undefined };
}

function digestOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url');
}

function toBatch({ ids, occurredAtMs, ndjson, skipped, digest }: BatchResult): DigestedBatch {
  const events = { ids: ids === '' ? [] : ids.split('\n'), occurredAtMs, ndjson };
  return { events, skipped, digest };
}
