import type { TailraceEvent } from '../../core/event.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { rawSeverityReader, valueOf, valueSource } from '../event-values.ts';
import { printableAscii, singleLine, textOf } from '../line-text.ts';
import { isoSecond } from '../time-text.ts';
import { syslogNames } from './syslog-names.ts';

/**
 * The vendor profile: the line of "Integrate Events API with a SIEM tool", with APP-NAME `Druva
 * inSync` and two plain spaces before the pairs. The document has no escapes: values stand bare, and
 * only what would read as another attribute of the feed (` IP=`) is written ` IP%3D`.
 */
export function compileVendorSyslog(feed: Feed, options: EncoderOptions): Encoder {
  const hostname = printableAscii(options.hostname, 255);
  const rawSeverity = rawSeverityReader(feed);
  const start = isoSecond('', ` ${hostname} ${feed.vendor} ${feed.product} - -`);
  const guard = compileGuard(feed, options.hardened === true);
  const pairs = feed.fields.flatMap((field) =>
    field.syslogName === undefined
      ? []
      : [{ next: ` ${field.syslogName}=`, ...valueSource(feed, field, options.facility) }],
  );

  return (event: TailraceEvent) => {
    const priority = options.facility * 8 + Math.min(rawSeverity(event), 7);
    let line = `<${priority}>1 ${start(event.occurredAtMs)}`;
    let isFirst = true;
    for (const pair of pairs) {
      const raw = valueOf(event, pair);
      if (raw === undefined || raw === null) continue;
      const value = typeof raw === 'number' ? `${raw}` : bareValue(textOf(raw), guard);
      if (value === '') continue;
      line += isFirst ? ` ${pair.next}` : pair.next;
      line += value;
      isFirst = false;
    }
    return line;
  };
}

/** Printable ASCII without `=`. */
const plain = /^[ -<>-~]*$/;

function bareValue(text: string, guard: (value: string) => string): string {
  if (plain.test(text)) return text.trim();
  const value = singleLine(text);
  return value.includes('=') ? guard(value) : value;
}

function compileGuard(feed: Feed, hardened: boolean): (value: string) => string {
  if (hardened) return (value) => value.replaceAll('=', '%3D');
  const pair = new RegExp(` (?<name>${[...syslogNames(feed).keys()].join('|')})=`, 'g');
  return (value) => value.replace(pair, ' $<name>%3D');
}
