import type { TailraceEvent } from '../../core/event.ts';
import { attributesFromCef } from '../../encode/cef/attributes-from-cef.ts';
import { decodeCef } from '../../encode/cef/decode-cef.ts';
import { attributesFromSyslog } from '../../encode/syslog/attributes-from-syslog.ts';
import { decodeSyslog } from '../../encode/syslog/decode-syslog.ts';
import type { Feed } from '../../feeds/feed.ts';

/** Throws `line_invalid` or `input_invalid`. */
export function readLineEvent(feed: Feed, line: string): TailraceEvent {
  const attributes = /^<\d{1,3}>1 /.test(line) && !line.includes('CEF:')
    ? attributesFromSyslog(feed, decodeSyslog(line))
    : attributesFromCef(feed, decodeCef(line, { lenient: true }));
  return feed.readEvent(attributes).event;
}
