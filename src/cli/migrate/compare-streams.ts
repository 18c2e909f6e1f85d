import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { EventStore } from '../../store/event-store.ts';
import type { StreamRow } from '../../store/sqlite/stream-table.ts';
import type { EmbeddedSource } from './embedded-source.ts';

const bytesPerRead = 8 * 1024 ** 2;

export interface ComparedStream {
  readonly stream: string;
  readonly events: number;
  readonly lastPosition: number;
  /** SHA-256 of every retained event's JSON, each ended by LF, on both sides. */
  readonly sha256: string;
}

/**
 * Reads a stream on both sides and compares positions and bytes. Events that were appended to the
 * target since do not matter. Throws `verification_failed`.
 */
export async function compareStream(
  source: EmbeddedSource,
  target: EventStore,
  row: StreamRow,
  signal: AbortSignal,
): Promise<ComparedStream> {
  const [here, there] = [createHash('sha256'), createHash('sha256')];
  const { name, firstRetainedPosition, headPosition } = row;
  for (let position = firstRetainedPosition; position <= headPosition;) {
    signal.throwIfAborted();
    const segments = source.segmentsFrom(row, position, bytesPerRead);
    for (const { content } of segments) here.update(content.ndjson);
    const last = segments.at(-1)?.lastPosition ?? headPosition;
    await readInto(there, target, row, position, last);
    position = last + 1;
  }
  const [sha256, other] = [here.digest('hex'), there.digest('hex')];
  if (sha256 !== other) throw differs(row, `its SHA-256 is ${other}, not ${sha256}`);
  const events = headPosition - firstRetainedPosition + 1;
  return { stream: name, events, lastPosition: headPosition, sha256 };
}

async function readInto(
  hash: ReturnType<typeof createHash>,
  target: EventStore,
  row: StreamRow,
  first: number,
  last: number,
): Promise<void> {
  for (let next = first; next <= last;) {
    const limits = { events: last - next + 1, bytes: bytesPerRead };
    const { blocks, lost } = await target.readAfter(row.name, next - 1, limits);
    if (lost !== undefined) throw differs(row, `it begins behind position ${lost.lastPosition}`);
    if (blocks.length === 0) throw differs(row, `it ends before position ${next}`);
    for (const { ndjson, lastPosition } of blocks) {
      hash.update(ndjson);
      next = lastPosition + 1;
    }
  }
}

function differs({ name }: StreamRow, how: string): AppError {
  return new AppError('verification_failed', `stream ${name} in the database differs: ${how}`);
}
