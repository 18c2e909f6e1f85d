import type { TailraceEvent } from '../../core/event.ts';
import type { CefPlace, Feed } from '../../feeds/feed.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { rawSeverityReader, valueOf, valueSource, type ValueSource } from '../event-values.ts';
import { printableAscii, remembered, textOf } from '../line-text.ts';
import { cefTime, type TimeText } from '../time-text.ts';
import { escapeExtension, escapeHeader } from './escape.ts';

/** One pair of the extension: `suser=` or `cs2Label=ClientVersion cs2=`, and where its value is. */
interface Pair extends ValueSource {
  readonly start: string;
  /** The same after another pair. */
  readonly next: string;
}

/**
 * The vendor profile: prefix with the year, empty class id, the vendor's own severity, the fields in
 * the table's order as in the sample of "Integrate Events API with a SIEM tool". A value of any
 * length is written whole; a field without one is left out.
 */
export function compileVendorCef(feed: Feed, options: EncoderOptions): Encoder {
  const prefix = vendorCefPrefix(feed, options);
  const name = remembered(escapeHeader);
  const rawSeverity = rawSeverityReader(feed);
  const pairs = compilePairs(feed, options.facility);
  const firstGap = options.extensionLeadingSpace === true ? '| ' : '|';
  const equals = equalsText(options);

  return (event: TailraceEvent) => {
    let line = `${prefix(event.occurredAtMs)}${name(event.type)}|${rawSeverity(event)}`;
    let isFirst = true;
    for (const pair of pairs) {
      const raw = valueOf(event, pair);
      if (raw === undefined || raw === null) continue;
      const value = typeof raw === 'number' ? `${raw}` : escapeExtension(textOf(raw), equals);
      if (value === '') continue;
      line += isFirst ? firstGap + pair.start : pair.next;
      line += value;
      isFirst = false;
    }
    return isFirst ? `${line}|` : line;
  };
}

/** All before the event's name, by its time. */
export function vendorCefPrefix(feed: Feed, options: EncoderOptions): TimeText {
  const product = [feed.vendor, feed.product, feed.version].map(escapeHeader).join('|');
  return cefTime('', ` ${printableAscii(options.hostname, 255)} CEF:0|${product}||`);
}

/** What stands for `=` in values. */
export function equalsText({ hardened }: EncoderOptions): string {
  return hardened === true ? '%3D' : '\\=';
}

/** `suser=`, or `cs2Label=ClientVersion cs2=`. */
export function pairStart({ key, label }: CefPlace): string {
  return label === undefined ? `${key}=` : `${key}Label=${escapeExtension(label)} ${key}=`;
}

function compilePairs(feed: Feed, facility: number): readonly Pair[] {
  return feed.fields.flatMap((field) => {
    if (field.cef === undefined) return [];
    const start = pairStart(field.cef);
    return [{ start, next: ` ${start}`, ...valueSource(feed, field, facility) }];
  });
}
