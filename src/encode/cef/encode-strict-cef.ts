import { hash } from 'node:crypto';
import type { TailraceEvent } from '../../core/event.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CefPlace, Feed, FeedField } from '../../feeds/feed.ts';
import { parseIsoTime, withinTime } from '../../feeds/iso-time.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { lineSource, valueOf, type ValueSource } from '../event-values.ts';
import { cutVisibly, multiLine, textOf, withoutReordering } from '../line-text.ts';
import { cefKeys, fitsType, type CefKey } from './cef-keys.ts';
import { escapeClean, escapeExtension, percentEquals } from './escape.ts';
import { compileStrictHeader } from './strict-header.ts';

/** Where a value may go, the first place whose type takes it. */
export interface Place {
  /** `cs2Label=ClientVersion cs2=` */
  readonly start: string;
  readonly type: CefKey['type'];
  readonly lengthMax: number;
}

export interface StrictPair extends ValueSource {
  readonly places: readonly Place[];
}

/**
 * The strict profile: what the CEF Implementation Standard asks of a producer. No syslog prefix (the
 * time is `rt`, and a transport that wants a header writes its own), class id filled, severity on
 * CEF's scale, producer keys only, values that fit their key's type and length. What an event holds
 * beyond its feed's table is not written.
 */
export function compileStrictCef(feed: Feed, options: EncoderOptions): Encoder {
  const { hardened = false } = options;
  const header = compileStrictHeader(feed, hardened);
  const pairs = compileStrictPairs(feed, options);
  const firstGap = options.extensionLeadingSpace === true ? '| ' : '|';

  return (event: TailraceEvent) => {
    let line = `${header(event)}${event.severity}`;
    let gap = firstGap;
    for (const source of pairs) {
      const raw = valueOf(event, source);
      if (raw === undefined || raw === null) continue;
      const pair = strictPair(source.places, textOf(raw), hardened);
      if (pair === '') continue;
      line += gap;
      line += pair;
      gap = ' ';
    }
    return gap === ' ' ? line : `${line}|`;
  };
}

/** The pairs of a line, in the order in which they are written. */
export function compileStrictPairs(
  feed: Feed,
  { facility }: Pick<EncoderOptions, 'facility'>,
): readonly StrictPair[] {
  return [
    ...feed.fields.flatMap((field) => compilePair(feed, field, facility)),
    ...compileExcerpts(feed),
  ];
}

/** Key and value for a text that goes to the first of `places` that takes it; empty where none does. */
export function strictPair(places: readonly Place[], text: string, hardened: boolean): string {
  const isPlain = plain.test(text);
  const value = isPlain || ascii.test(text) ? text.trim() : visibleLines(text);
  const place = value === '' ? undefined : placeFor(places, value);
  if (place === undefined) return '';
  const { start, lengthMax } = place;
  if (isPlain) return start + cutVisibly(value, lengthMax);
  return start + escapeClean(cutVisibly(hardened ? percentEquals(value) : value, lengthMax), '\\=');
}

/** Nothing but ASCII that stands for itself. */
const plain = /^[ -<>-[\]-~]*$/;
/** Nothing that could be anything but what it looks like. */
const ascii = /^[ -~]*$/;

function visibleLines(text: string): string {
  return withoutReordering(multiLine(text));
}

function placeFor(places: readonly Place[], value: string): Place | undefined {
  for (const place of places) {
    if (fitsType(place.type, value)) return place;
  }
  return undefined;
}

function compilePair(feed: Feed, field: FeedField, facility: number): readonly StrictPair[] {
  const first = field.strictCef ?? field.cef;
  if (first === undefined) return [];
  return [{ ...strictSource(feed, field, facility), places: compilePlaces(first) }];
}

function compileExcerpts({ cefExcerpts = [] }: Feed): readonly StrictPair[] {
  return cefExcerpts.map(({ key, valueOf: own }) => ({
    name: key,
    own,
    places: compilePlaces({ key }),
  }));
}

/** Identities fit their key whole or as a digest; times are epoch milliseconds. */
function strictSource(feed: Feed, field: FeedField, facility: number): ValueSource {
  const source = lineSource(feed, field, facility);
  if (field.role === 'id') return { ...source, own: (event) => externalId(event.id) };
  if (field.type === 'time') return { ...source, own: (event) => epochMs(valueOf(event, source)) };
  return source;
}

export function epochMs(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return withinTime(value);
  return typeof value === 'string' ? parseIsoTime(value) : undefined;
}

/** Cutting an identity would make two events one; a long one keeps its start and ends in a digest. */
export function externalId(id: string): string {
  if (id.length <= 40) return id;
  return `${id.slice(0, 23)}~${hash('sha256', id, 'hex').slice(0, 16)}`;
}

function compilePlaces(first: CefPlace): readonly Place[] {
  const places: Place[] = [];
  for (let place: CefPlace | undefined = first; place !== undefined; place = place.otherwise) {
    const { key, label } = place;
    const { type, lengthMax = Number.POSITIVE_INFINITY } = cefKeys[key] ?? { type: 'string' };
    const start = label === undefined ? `${key}=` : `${key}Label=${escapeExtension(label)} ${key}=`;
    places.push({ start, type, lengthMax });
  }
  return places;
}
