import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';
import { compileLineReader } from './line-reader.ts';

/**
 * `encode` for events too that were pulled as lines and are kept as nothing but their line: the
 * vendor profile of the line's own format gives it out as it came, with the facility of the
 * settings; everything else is encoded from the attributes in it.
 */
export function withKeptLines(encode: Encoder, feed: Feed, options: EncoderOptions): Encoder {
  const passOn = passers[isVendorLine(feed, options) ? options.format : 'json'](options);
  const complete = compileCompletion(feed);
  return (event) => {
    if (event.original === undefined || !isEmpty(event.fields)) return encode(event);
    return passOn(event.original) ?? encode(complete(event));
  };
}

/** Puts the attributes in that are in the event's line, if it is kept as a line. Never throws. */
export function compileCompletion(feed: Feed): (event: TailraceEvent) => TailraceEvent {
  const readLine = compileLineReader(feed);
  return (event) => {
    const { original, fields } = event;
    if (original === undefined || !isEmpty(fields)) return event;
    return { ...event, fields: fieldsOf(original) };
  };

  function fieldsOf(line: string): JsonObject {
    try {
      return readLine(line).fields;
    } catch {
      return feed.details === undefined ? {} : { [feed.details]: line };
    }
  }
}

/** The line as it may be written; undefined for one that cannot be passed on. */
type Passer = (line: string) => string | undefined;

const passers = {
  cef: ({ facility }) => {
    const wanted = ` deviceFacility=${facility} `;
    return (line) => {
      if (line.startsWith('<') || !line.includes(' CEF:') || !fitForCef.test(line)) {
        return undefined;
      }
      if (line.includes(wanted)) return line;
      return line.replace(/ deviceFacility=\d{1,2}(?= |$)/, wanted.trimEnd());
    };
  },
  syslog: ({ facility }) => {
    return (line) => {
      const priority = /^<(?<priority>\d{1,3})>1 /.exec(line)?.groups?.['priority'];
      if (priority === undefined || unfitForSyslog.test(line)) return undefined;
      const wanted = String(facility * 8 + (Number(priority) % 8));
      return priority === wanted ? line : `<${wanted}${line.slice(priority.length + 1)}`;
    };
  },
  json: () => () => undefined,
  ecs: () => () => undefined,
  ocsf: () => () => undefined,
} as const satisfies Record<EncoderOptions['format'], (options: EncoderOptions) => Passer>;

/** Whether lines are asked for as the vendor writes them, and not as some receiver wants them. */
export function isVendorLine(
  feed: Feed,
  { profile, hardened, extensionLeadingSpace }: EncoderOptions,
) {
  const isChanged = hardened === true || extensionLeadingSpace === true;
  return profile === 'vendor' && feed.vendorLines !== 'undocumented' && !isChanged;
}

// Neither control characters nor surrogates, which may stand alone.
const never = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff';
const word = `[^${never}=\\\\ ]*(?:\\\\[^${never} ][^${never}=\\\\ ]*)*`;
const words = `[^${never}=\\\\]*(?:\\\\[^${never}][^${never}=\\\\]*)*`;
/** Two equals signs without a space between them: the second belongs to a value, which escapes it. */
const fitForCef = new RegExp(`^[^${never}=]*(?:=${word} ${words})*(?:=${word})?$`);
// The vendor's document has U+00A0 where a plain space belongs.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unfitForSyslog = /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ud800-\udfff]/;

function isEmpty(fields: JsonObject): boolean {
  for (const _ in fields) return false;
  return true;
}
