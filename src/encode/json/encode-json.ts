import { toStoredEvent, type TailraceEvent } from '../../core/event.ts';
import type { Feed, FeedField } from '../../feeds/feed.ts';
import { formatIsoTime, withinTime } from '../../feeds/iso-time.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { valueSource, type ValueReader } from '../event-values.ts';
import { isoMillisecond, isoSecond } from '../time-text.ts';
import { escapeSeparators, jsonText } from './json-text.ts';

/** As the Events API writes JSON (`v1` or `v2` names), or as the event is stored. One line each. */
export function compileJson(feed: Feed, options: EncoderOptions): Encoder {
  if (options.jsonNames !== 'stored') return compileEventsApiJson(feed, options);
  return (event) => escapeSeparators(toStoredEvent(event).json);
}

/** An attribute as it is written: `"eventType":` and what follows. */
interface Attribute {
  readonly name: string;
  readonly start: string;
  /** Undefined for what is written as it stands in the event's fields. */
  readonly own: ValueReader | undefined;
  /** Written even if the event's fields do not have it. */
  readonly always: boolean;
}

interface OwnAttribute extends Attribute {
  readonly own: ValueReader;
}

/**
 * Every attribute of the event in the order in which it came, those outside the feed's table too.
 * Type, time, severity and facility are always there; the identity too in the strict profile.
 */
function compileEventsApiJson(feed: Feed, options: EncoderOptions): Encoder {
  const attributes = compileAttributes(feed, options);
  const byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
  const ownAttributes = attributes.filter((attribute) => isOwn(attribute));

  return (event) => {
    const { fields } = event;
    let text = openObject(event, byName);
    for (const { name, start, own, always } of ownAttributes) {
      if (!always || fields[name] !== undefined) continue;
      text += `${text === '{' ? '' : ','}${start}${jsonText(own(event) ?? null)}`;
    }
    return `${text}}`;
  };
}

function isOwn(attribute: Attribute): attribute is OwnAttribute {
  return attribute.own !== undefined;
}

/** The attributes of the event's fields, without the brace that closes the object. */
function openObject(event: TailraceEvent, byName: ReadonlyMap<string, Attribute>): string {
  const { fields } = event;
  let text = '{';
  for (const name in fields) {
    const attribute = byName.get(name);
    const value = attribute?.own === undefined ? fields[name] : attribute.own(event);
    if (value === undefined) continue;
    if (text !== '{') text += ',';
    text += attribute?.start ?? `${jsonText(name)}:`;
    text += jsonText(value);
  }
  return text;
}

function compileAttributes(feed: Feed, options: EncoderOptions): readonly Attribute[] {
  return feed.fields.map((field) => {
    const { name, role, v1Name } = field;
    const start = `${JSON.stringify(options.jsonNames === 'v1' ? v1Name : name)}:`;
    const own = ownReader(feed, field, options.facility);
    return { name, start, own, always: role !== 'id' || options.profile === 'strict' };
  });
}

/** Times are written in UTC, whatever offset they came with. */
function ownReader(feed: Feed, field: FeedField, facility: number): ValueReader | undefined {
  if (field.role !== 'time') return valueSource(feed, field, facility).own;
  if (field.precision === 'millisecond') {
    const millisecond = isoMillisecond('', '');
    return ({ occurredAtMs }) => millisecond(occurredAtMs);
  }
  const wholeSecond = isoSecond('', '');
  return ({ occurredAtMs }) =>
    withinTime(occurredAtMs) % 1000 === 0 ? wholeSecond(occurredAtMs) : formatIsoTime(occurredAtMs);
}
