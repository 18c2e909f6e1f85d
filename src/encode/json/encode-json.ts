import { toStoredEvent, type TailraceEvent } from '../../core/event.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Feed, FeedField } from '../../feeds/feed.ts';
import { formatIsoTime, withinTime } from '../../feeds/iso-time.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { valueSource, type ValueReader } from '../event-values.ts';
import { isoSecond } from '../time-text.ts';

/** As the Events API writes JSON (`v1` or `v2` names), or as the event is stored. One line each. */
export function compileJson(feed: Feed, options: EncoderOptions): Encoder {
  const encode =
    options.jsonNames === 'stored'
      ? (event: TailraceEvent) => toStoredEvent(event).json
      : compileEventsApiJson(feed, options);
  return (event) => escapeSeparators(encode(event));
}

/** An attribute as it is written: `"eventType":` and what follows. */
interface Attribute {
  readonly start: string;
  /** Undefined for what is written as it stands in the event's fields. */
  readonly value: ValueReader | undefined;
  /** Written even if the event's fields do not have it. */
  readonly always: boolean;
}

/**
 * Every attribute of the event in the order in which it came, those outside the feed's table too.
 * Type, time, severity and facility are always there; the identity too in the strict profile.
 */
function compileEventsApiJson(feed: Feed, options: EncoderOptions): Encoder {
  const attributes = compileAttributes(feed, options);
  const required = feed.fields.flatMap(({ name }) => {
    const attribute = attributes.get(name);
    return attribute?.always === true ? [{ name, attribute }] : [];
  });

  return (event) => {
    const { fields } = event;
    let text = '';
    for (const name in fields) {
      const attribute = attributes.get(name);
      const start = attribute?.start ?? `${JSON.stringify(name)}:`;
      const value = attribute?.value === undefined ? fields[name] : attribute.value(event);
      if (value !== undefined) text += `${text === '' ? '{' : ','}${start}${jsonText(value)}`;
    }
    for (const { name, attribute } of required) {
      if (fields[name] !== undefined) continue;
      const value = jsonText(attribute.value?.(event) ?? null);
      text += `${text === '' ? '{' : ','}${attribute.start}${value}`;
    }
    return `${text}}`;
  };
}

function compileAttributes(feed: Feed, options: EncoderOptions): ReadonlyMap<string, Attribute> {
  return new Map(
    feed.fields.map((field) => {
      const { name, role, v1Name } = field;
      const start = `${JSON.stringify(options.jsonNames === 'v1' ? v1Name : name)}:`;
      const value = jsonReader(feed, field, options.facility);
      const always = value !== undefined && (role !== 'id' || options.profile === 'strict');
      return [name, { start, value, always }];
    }),
  );
}

/** Times are written in UTC, whatever offset they came with. */
function jsonReader(feed: Feed, field: FeedField, facility: number): ValueReader | undefined {
  if (field.role !== 'time') return valueSource(feed, field, facility).own;
  const wholeSecond = isoSecond('', '');
  return ({ occurredAtMs }) =>
    withinTime(occurredAtMs) % 1000 === 0 ? wholeSecond(occurredAtMs) : formatIsoTime(occurredAtMs);
}

/** Printable ASCII without `"` and `\`. */
const plain = /^[ !#-[\]-~]*$/;

function jsonText(value: JsonValue): string {
  if (typeof value === 'string' && plain.test(value)) return `"${value}"`;
  return JSON.stringify(value);
}

// JSON lets these stand as they are, but some readers take them for the end of a line.
const separator = /[\u007f-\u009f\u2028\u2029]/;
const separators = new RegExp(separator, 'g');

function escapeSeparators(text: string): string {
  if (!separator.test(text)) return text;
  return text.replace(
    separators,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
