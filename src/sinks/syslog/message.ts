import { parseStreamName, type StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import { printableAscii, slug } from '../../encode/line-text.ts';
import { isoMillisecond } from '../../encode/time-text.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import type { EncodedEvent } from '../sink.ts';
import { cutMessage } from './cut-message.ts';

/** What goes before the lines of a sink. */
export interface MessageOptions {
  readonly format: Format;
  readonly header: 'rfc5424' | 'rfc3164' | 'none';
  readonly hostname: string;
  readonly facility: number;
  readonly enterpriseNumber?: number | undefined;
  readonly sizeBytesMax: number;
}

/** An event of one stream → one syslog message, without framing. */
export type MessageWriter = (event: EncodedEvent) => string;

const documentationEnterpriseNumber = 32473;

/** The writer for a stream, whose feed and name stand in the header. */
export function compileMessage(options: MessageOptions, stream: StreamName): MessageWriter {
  const write = headerWriters[options.header](options, stream);
  return (event) => cutMessage(write(event), options.sizeBytesMax);
}

const headerWriters = {
  none: () => (event: EncodedEvent) => event.line,
  rfc5424: compileRfc5424,
  rfc3164: compileRfc3164,
} as const;

/**
 * RFC 5424 with the event's id and stream as SD-PARAMs: what a receiver drops repeats by. Lines of
 * the syslog format are such messages already.
 */
function compileRfc5424(options: MessageOptions, stream: StreamName): MessageWriter {
  if (options.format === 'syslog') return ({ line }) => line;
  const host = printableAscii(options.hostname, 255);
  const start = isoMillisecond('1 ', ` ${host} ${appName(stream)} -`);
  const sdId = `[tailrace@${options.enterpriseNumber ?? documentationEnterpriseNumber}`;
  const priority = compilePriority(options);
  const payload = payloadOf(options.format);
  return (event) => {
    const head = `${priority(event)}${start(event.occurredAtMs)} ${slug(event.type).slice(0, 32)}`;
    const id = event.id.replace(/["\\\]]/g, '\\$&');
    return `${head} ${sdId} id="${id}" stream="${stream}"] ${payload(event.line)}`;
  };
}

/** RFC 3164: `<PRI>Nov  1 13:41:14 host ` and then CEF as it is, or a tag and the payload. */
function compileRfc3164(options: MessageOptions, stream: StreamName): MessageWriter {
  const host = printableAscii(options.hostname, 255);
  const tag = `${appName(stream).slice(0, 31)}:`;
  const priority = compilePriority(options);
  const payload = payloadOf(options.format);
  const lead = options.format === 'cef' ? '' : `${tag} `;
  return (event) =>
    `${priority(event)}${shortTime(event.occurredAtMs)} ${host} ${lead}${payload(event.line)}`;
}

/** Normalised severity, 0–10 with 10 worst, on syslog's scale, 7–0 with 0 worst. */
const syslogSeverities = [7, 7, 6, 5, 5, 4, 4, 3, 3, 2, 1] as const;

function compilePriority({ facility, format }: MessageOptions): (event: EncodedEvent) => string {
  return ({ line, severity }) => {
    const own = format === 'syslog' ? /^<\d{1,3}>/.exec(line) : null;
    return own?.[0] ?? `<${facility * 8 + syslogSeverities[severity]}>`;
  };
}

/** The line without the header that it has of its own. */
function payloadOf(format: Format): (line: string) => string {
  if (format === 'cef') return withoutCefPrefix;
  if (format === 'syslog') return withoutSyslogHeader;
  return (line) => line;
}

/** From `CEF:` on: what stands before it is a time and a host, as RFC 3164 never had them. */
function withoutCefPrefix(line: string): string {
  const at = line.indexOf('CEF:');
  return at === -1 ? line : line.slice(at);
}

const rfc5424 = /^<\d{1,3}>1 (?:\S+ ){5}(?:-|\[(?<params>(?:\\.|[^\]\\])*)\])(?: (?<text>.*))?$/s;

/** The pairs and the message. */
function withoutSyslogHeader(line: string): string {
  const groups = rfc5424.exec(line)?.groups;
  if (groups === undefined) return line;
  return [groups['params'], groups['text']?.trim()].filter(Boolean).join(' ');
}

function appName(stream: StreamName): string {
  const { vendor, product } = feedNamed(parseStreamName(stream).feed);
  return printableAscii(`${vendor}-${product}`, 48);
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Nov  1 13:41:14`, UTC. */
function shortTime(timeMs: number): string {
  const time = new Date(timeMs);
  const day = String(time.getUTCDate()).padStart(2);
  return `${months[time.getUTCMonth()]} ${day} ${time.toISOString().slice(11, 19)}`;
}
