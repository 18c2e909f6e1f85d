import type { Append } from '../event-store.ts';
import { encodeLines, toLines } from '../stored-lines.ts';
import type { EncodedAppend, EncodedDeduplication } from './protocol.ts';
import type { Freight } from './worker-client.ts';

/** Throws `input_invalid` naming the event that cannot be stored. */
export function encodeAppend(append: Append, nowMs: number): EncodedAppend {
  const { stream, events, idempotency, checkpoint, deduplication } = append;
  const { ids, occurredAtMs, ndjson } = 'ndjson' in events ? events : toLines(events);
  return {
    stream,
    nowMs,
    idempotency,
    checkpoint,
    ndjson,
    timesMs: Float64Array.from(occurredAtMs),
    deduplication: deduplication && {
      horizonMs: deduplication.horizonMs,
      ids: encodeLines(ids),
    },
  };
}

export function freightOf({ ndjson, timesMs, deduplication }: EncodedAppend): Freight {
  const parts = [ndjson, timesMs, ...(deduplication ? [deduplication.ids] : [])];
  const sizeBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return { sizeBytes, transfer: parts.map((part) => part.buffer) };
}

/** The ids that `encodeAppend` put in. */
export function decodeIds({ ids }: EncodedDeduplication): readonly string[] {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.length);
  return bytes.toString('utf8', 0, bytes.length - 1).split('\n');
}
