import type { StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import type { EncodedEvent } from '../sink.ts';
import type { SplunkHecSinkOptions } from './options.ts';

/** What a sink's lines are. */
export interface LineOptions {
  readonly format: Format;
  readonly hostname: string;
}

/** Splunk's own names for what our formats are. */
const sourcetypes: Readonly<Partial<Record<Format, string>>> = { cef: 'cef', syslog: 'syslog' };

/** Where Splunk is to put what comes from one stream. */
export function metadataOf(
  { index, host, source, sourcetype }: SplunkHecSinkOptions,
  { format, hostname }: LineOptions,
  stream: StreamName,
): Readonly<Record<string, string>> {
  return {
    host: host ?? hostname,
    source: source ?? stream,
    sourcetype: sourcetype ?? sourcetypes[format] ?? '_json',
    ...(index !== undefined && { index }),
  };
}

/**
 * JSON objects back to back. The id stands among the indexed fields: with it a search drops what was
 * sent twice.
 */
export function eventsBody(
  events: readonly EncodedEvent[],
  metadata: Readonly<Record<string, string>>,
  { format }: LineOptions,
  stream: StreamName,
): string {
  const common = JSON.stringify(metadata).slice(0, -1);
  const isText = format === 'cef' || format === 'syslog';
  return events
    .map(({ id, line, occurredAtMs }) => {
      const fields = JSON.stringify({ tailrace_id: id, tailrace_stream: stream });
      const event = isText ? JSON.stringify(line) : line;
      return `${common},"time":${(occurredAtMs / 1000).toFixed(3)},"event":${event},"fields":${fields}}`;
    })
    .join('\n');
}

export function rawBody(events: readonly EncodedEvent[]): string {
  return events.map(({ line }) => `${line}\n`).join('');
}
