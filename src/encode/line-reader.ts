import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { attributesFromCef } from './cef/attributes-from-cef.ts';
import { decodeCef } from './cef/decode-cef.ts';
import { attributesFromSyslog } from './syslog/attributes-from-syslog.ts';
import { decodeSyslog } from './syslog/decode-syslog.ts';
import type { Feed } from '../feeds/feed.ts';
import { compileCefReader } from './cef/cef-reader.ts';
import { compileSyslogReader } from './syslog/syslog-reader.ts';

/** An event from a line. Throws `line_invalid` or `input_invalid`. */
export type LineReader = (line: string) => TailraceEvent;

/**
 * Reads CEF and Syslog lines, told apart by their looks. What the vendor usually sends is read by
 * quick readers, which know when a line is not that and leave it to the decoders.
 */
export function compileLineReader(feed: Feed): LineReader {
  const quickCef = compileCefReader(feed);
  const quickSyslog = compileSyslogReader(feed);
  return (line) => {
    const quick = line.startsWith('<') ? quickSyslog : quickCef;
    return feed.readEvent(quick(line) ?? decodeLine(feed, line)).event;
  };
}

/** The attributes in a line, by the decoders. Throws `line_invalid`. */
export function decodeLine(feed: Feed, line: string): JsonObject {
  // CEF may stand behind a syslog header too.
  return line.startsWith('<') && !/^<\d{1,3}>[^=]*\bCEF:\d/.test(line)
    ? attributesFromSyslog(feed, decodeSyslog(line))
    : attributesFromCef(feed, decodeCef(line, { lenient: true }));
}
