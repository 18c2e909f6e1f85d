import type { Severity } from '../../core/event.ts';
import { type LineSummary, lineSummary } from '../../core/event-lines.ts';
import type { JsonObject } from '../../core/json.ts';
import { attributesFromCef } from '../../encode/cef/attributes-from-cef.ts';
import { endOfCefHeader } from '../../encode/cef/cef-reader.ts';
import { decodeCef } from '../../encode/cef/decode-cef.ts';
import { roleName } from '../../encode/field-attributes.ts';
import { Recent } from '../../encode/recent.ts';
import { attributesFromSyslog } from '../../encode/syslog/attributes-from-syslog.ts';
import { decodeSyslog } from '../../encode/syslog/decode-syslog.ts';
import { syslogNames } from '../../encode/syslog/syslog-names.ts';
import type { Feed } from '../../feeds/feed.ts';
import { isAt } from '../../lib/is-at.ts';

/** What has to be known of a line to keep it. */
export interface LineHeader {
  readonly occurredAtMs: number;
  readonly type: string;
  readonly severity: Severity;
  readonly summary: LineSummary;
}

/** Undefined for every line that has to be read as a whole. */
export interface HeaderReader {
  ofLine(line: string): LineHeader | undefined;
  /** The same, for a line in UTF-8 from `start` to before `end`. */
  ofBytes(bytes: Buffer, start: number, end: number): LineHeader | undefined;
}

const typeLengthMax = 512;
const [openAngle, pipe] = [0x3c, 0x7c];
const cefStart = Buffer.from(' CEF:');
const headerPipes = 7;

/**
 * Reads what lines of the vendor profile say before their attributes; headers, which hardly change
 * from line to line, are decoded once.
 */
export function compileHeaderReader(feed: Feed): HeaderReader {
  if (feed.vendorLines === 'undocumented') {
    return { ofLine: () => undefined, ofBytes: () => undefined };
  }
  const cefHeader = compileCefHeader(feed);
  const readSyslog = compileSyslogHeader(feed);
  const ofLine = (line: string) => {
    if (line.startsWith('<')) return readSyslog(line);
    const end = endOfCefHeader(line);
    return end === undefined ? undefined : cefHeader(line.slice(0, end));
  };
  return {
    ofLine,
    ofBytes: (bytes, start, end) => {
      if (bytes[start] === openAngle) return ofLine(bytes.toString('utf8', start, end));
      const headerEnd = endOfCefHeaderIn(bytes, start, end);
      return headerEnd === -1 ? undefined : cefHeader(bytes.toString('utf8', start, headerEnd));
    },
  };
}

/** As `endOfCefHeader`; -1 for no header. */
function endOfCefHeaderIn(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && !isAt(bytes, at, cefStart)) at += 1;
  for (let pipes = 0; at < end; at += 1) {
    if (bytes[at] === pipe) pipes += 1;
    if (pipes === headerPipes) return at + 1;
  }
  return -1;
}

function compileCefHeader(feed: Feed): (header: string) => LineHeader | undefined {
  const headers = new Recent((header) =>
    headerOf(feed, () => {
      const decoded = decodeCef(header, { lenient: true });
      // Strict lines fill the class id, and have their identity and time among the attributes.
      return decoded.classId === '' ? attributesFromCef(feed, decoded) : {};
    }),
  );
  return (text) => {
    const header = headers.get(text);
    return header === 'unknown' ? undefined : header;
  };
}

/** The type stands among the attributes, between others. */
function compileSyslogHeader(feed: Feed): (line: string) => LineHeader | undefined {
  const names = syslogNames(feed);
  const typeField = feed.fields.find(({ role }) => role === 'type');
  const typeStart = ` ${typeField?.syslogName}=`;
  const anyType = { [roleName(feed, 'type')]: '-' };
  const headers = new Recent((header) =>
    headerOf(feed, () => ({ ...anyType, ...attributesFromSyslog(feed, decodeSyslog(header)) })),
  );
  return (line) => {
    const nilAt = line.indexOf(' - -  ');
    const startAt = line.indexOf(typeStart, nilAt);
    if (nilAt === -1 || startAt === -1 || line.indexOf('=') < nilAt) return undefined;
    const typeAt = startAt + typeStart.length;
    const nextAt = line.indexOf('=', typeAt);
    const typeEnd = line.lastIndexOf(' ', nextAt);
    const type = line.slice(typeAt, typeEnd);
    const isUnusual =
      !names.has(line.slice(typeEnd + 1, nextAt)) ||
      type === '' ||
      type.length > typeLengthMax ||
      type !== type.trim() ||
      line.includes(typeStart, typeAt) ||
      line.includes('CEF:');
    if (isUnusual) return undefined;
    const header = headers.get(line.slice(0, nilAt + ' - - '.length));
    if (header === 'unknown') return undefined;
    return { ...header, type, summary: lineSummary({ ...header, type }) };
  };
}

function headerOf(feed: Feed, read: () => JsonObject): LineHeader | 'unknown' {
  try {
    const { occurredAtMs, type, severity } = feed.readEvent(read()).event;
    const summary = lineSummary({ occurredAtMs, type, severity });
    return { occurredAtMs, type, severity, summary };
  } catch {
    return 'unknown';
  }
}
