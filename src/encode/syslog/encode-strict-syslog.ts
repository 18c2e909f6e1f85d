import type { TailraceEvent } from '../../core/event.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { lineSource, rawSeverityReader, signatureSource, valueOf } from '../event-values.ts';
import {
  cutVisibly,
  printableAscii,
  remembered,
  singleLine,
  slug,
  textOf,
  withoutReordering,
} from '../line-text.ts';
import { isoMillisecond } from '../time-text.ts';

/** Code points of one SD-PARAM's value. RFC 5424 has no limit; this is CEF's for its longest values. */
export const sdValueLengthMax = 4000;
const documentationEnterpriseNumber = 32473;

/**
 * The strict profile, RFC 5424: PROCID is the event's id, MSGID its type, every attribute a
 * SD-PARAM of one SD-ELEMENT, and the signature's name or else the type once more as the message, for
 * people who see nothing else.
 * Time, severity and facility stand in the header only.
 */
export function compileStrictSyslog(feed: Feed, options: EncoderOptions): Encoder {
  const hostname = printableAscii(options.hostname, 255);
  const appName = printableAscii(`${feed.vendor}-${feed.product}`, 48);
  const enterpriseNumber = options.enterpriseNumber ?? documentationEnterpriseNumber;
  const sdId = ` [${printableAscii(feed.title, 20)}@${enterpriseNumber}`;
  const rawSeverity = rawSeverityReader(feed);
  const start = isoMillisecond('', ` ${hostname} ${appName} `);
  const messageId = remembered((type) => ` ${slug(type).slice(0, 32)}${sdId}`);
  const message = remembered((text) => `] ${withoutReordering(singleLine(text))}`.trimEnd());
  const signatureName = signatureSource(feed, 'name');
  const params = feed.fields.flatMap((field) =>
    field.role === undefined || field.role === 'type' || field.role === 'category'
      ? [
          {
            start: ` ${field.syslogName ?? field.v1Name}="`,
            ...lineSource(feed, field, options.facility),
          },
        ]
      : [],
  );

  return (event: TailraceEvent) => {
    const priority = options.facility * 8 + Math.min(rawSeverity(event), 7);
    let line = `<${priority}>1 ${start(event.occurredAtMs)}${printableAscii(event.id, 128)}${messageId(event.type)}`;
    for (const param of params) {
      const raw = valueOf(event, param);
      if (raw === undefined || raw === null) continue;
      const value = typeof raw === 'number' ? `${raw}` : sdValue(textOf(raw));
      if (value === '') continue;
      line += param.start;
      line += value;
      line += '"';
    }
    return line + message(signatureName(event) ?? event.type);
  };
}

/** Printable ASCII without `"`, `\` and `]`. */
const plain = /^[ !#-[^-~]*$/;

function sdValue(text: string): string {
  if (plain.test(text) && text.length <= sdValueLengthMax) return text.trim();
  const value = cutVisibly(withoutReordering(singleLine(text)), sdValueLengthMax);
  return value.replace(/["\\\]]/g, '\\$&');
}
