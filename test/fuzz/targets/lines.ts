import { attributesFromSyslog } from '../../../src/encode/syslog/attributes-from-syslog.ts';
import { decodeCef } from '../../../src/encode/cef/decode-cef.ts';
import { compileLineReader } from '../../../src/encode/line-reader.ts';
import { decodeSyslog } from '../../../src/encode/syslog/decode-syslog.ts';
import {
  maskHeaderBlob,
  maskSecret,
  parseHeaderBlob,
} from '../../../src/feeds/apptrana-header-blob.ts';
import { parseIsoTime } from '../../../src/feeds/iso-time.ts';
import { inSync } from '../../../src/feeds/insync.ts';
import { assertGoodEvent, fieldNamesOf, fuzzedFeeds, linesOf } from '../events.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

const cefTokens = ['CEF:0|', '|', '\\|', '\\=', ' cs1=', ' cs1Label=', ' msg=', 'rt=1', ' src='];
const syslogTokens = ['<190>1 ', ' - ', '[a@32473 b="', '"]', '\\]', ' EventType=', '\\"'];

/** Lines of vendors, which hold what attackers wrote. */
export const lineTargets: readonly FuzzTarget[] = [
  ...fuzzedFeeds.map((feed): FuzzTarget => {
    const readLine = compileLineReader(feed);
    return {
      name: `lines-${feed.name}`,
      seeds: texts(...linesOf(feed, 'cef'), ...linesOf(feed, 'syslog')),
      tokens: [...cefTokens, ...syslogTokens, ...fieldNamesOf(feed).map((name) => ` ${name}=`)],
      read: (input) => {
        const event = readLine(input.toString());
        assertGoodEvent(feed, event);
        return event;
      },
    };
  }),
  {
    name: 'cef',
    seeds: texts(...fuzzedFeeds.flatMap((feed) => linesOf(feed, 'cef'))),
    tokens: cefTokens,
    read: (input) => {
      const line = input.toString();
      return [decodeCef(line, { lenient: true }), decodeCef(line)];
    },
  },
  {
    name: 'syslog',
    seeds: texts(...fuzzedFeeds.flatMap((feed) => linesOf(feed, 'syslog'))),
    tokens: syslogTokens,
    read: (input) => attributesFromSyslog(inSync, decodeSyslog(input.toString())),
  },
  {
    name: 'header-blob',
    seeds: texts(
      '"Host":"www.example.com" , "User-Agent":"curl/8" , "Cookie":"sid=1; lang=fr","Accept":"-"',
      '{"authorization": "Bearer abc", "x-api-key": "\\"quoted\\""}',
    ),
    tokens: ['"', ' , "', '":"', '" ', '\\"', '}', '"cookie":"a=b', '                '],
    read: (input) => {
      const blob = input.toString();
      const headers = parseHeaderBlob(blob);
      const masks = headers.map(({ name, start, end }) => maskSecret(name, blob.slice(start, end)));
      return [headers, masks, maskHeaderBlob(blob, headers)];
    },
  },
  {
    name: 'iso-time',
    seeds: texts('2026-11-20T01:02:03Z', '2026-11-20T01:02:03.123456789+05:30'),
    tokens: ['T', 'Z', '.', '+05:30', '-23:59', '24:00:00', '-02-29'],
    read: (input) => parseIsoTime(input.toString()),
  },
];
