import type { Severity } from '../../core/event.ts';
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

/** What has to be known of a line to keep it. */
export interface LineHeader {
  readonly occurredAtMs: number;
  readonly type: string;
  readonly severity: Severity;
}

export type HeaderReader = (line: string) => LineHeader | undefined;

const typeLengthMax = 512;

/**
 * Reads what lines of the vendor profile say before their attributes; headers, which hardly change
 * from line to line, are decoded once. Undefined for every line that has to be read as a whole.
 */
export function compileHeaderReader(feed: Feed): HeaderReader {
  if (feed.vendorLines === 'undocumented') return () => undefined;
  const readCef = compileCefHeader(feed);
  const readSyslog = compileSyslogHeader(feed);
  return (line) => (line.startsWith('<') ? readSyslog(line) : readCef(line));
}

function compileCefHeader(feed: Feed): HeaderReader {
  const headers = new Recent((header) =>
    headerOf(feed, () => {
      const decoded = decodeCef(header, { lenient: true });
      // Strict lines fill the class id, and have their identity and time among the attributes.
      return decoded.classId === '' ? attributesFromCef(feed, decoded) : {};
    }),
  );
  return (line) => {
    const end = endOfCefHeader(line);
    if (end === undefined) return undefined;
    const header = headers.get(line.slice(0, end));
    return header === 'unknown' ? undefined : header;
  };
}

/** The type stands among the attributes, between others. */
function compileSyslogHeader(feed: Feed): HeaderReader {
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
    return header === 'unknown' ? undefined : { ...header, type };
  };
}

function headerOf(feed: Feed, read: () => JsonObject): LineHeader | 'unknown' {
  try {
    const { occurredAtMs, type, severity } = feed.readEvent(read()).event;
    return { occurredAtMs, type, severity };
  } catch {
    return 'unknown';
  }
}
