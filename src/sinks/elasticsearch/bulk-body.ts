import { createHash } from 'node:crypto';
import type { StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import type { EncodedEvent } from '../sink.ts';

/**
 * NDJSON of `_bulk`: an action and a document for each event. `create` is the one action that data
 * streams take, and with an id made of the event's identity it refuses what is there already.
 */
export function bulkBody(
  events: readonly EncodedEvent[],
  format: Format,
  stream: StreamName,
): string {
  return events
    .map(
      (event) =>
        `{"create":{"_id":"${documentId(stream, event.id)}"}}\n${document(event, format, stream)}\n`,
    )
    .join('');
}

/** Elasticsearch takes 512 bytes; an event's id may be any text. */
function documentId(stream: StreamName, id: string): string {
  return createHash('sha256').update(`${stream}\n${id}`).digest('base64url');
}

/** Formats whose lines are JSON documents in a schema of their own, with `@timestamp` or beside it. */
const documentFormats: ReadonlySet<string> = new Set(['ecs', 'ocsf']);

function document(
  { id, line, occurredAtMs }: EncodedEvent,
  format: Format,
  stream: StreamName,
): string {
  const time = `"@timestamp":"${new Date(occurredAtMs).toISOString()}"`;
  const origin = `"tailrace":${JSON.stringify({ id, stream })}`;
  if (documentFormats.has(format)) {
    const lead = line.startsWith('{"@timestamp"') ? '' : `${time},`;
    return `{${lead}${line.slice(1, -1)},${origin}}`;
  }
  if (format !== 'json') return `{${time},"message":${JSON.stringify(line)},${origin}}`;
  // Not as `event.original`: Elasticsearch's own templates make that a keyword, and refuse an object.
  return `{${time},${origin.slice(0, -1)},"event":${line}}}`;
}
