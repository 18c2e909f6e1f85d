import { hash } from 'node:crypto';
import type { TailraceEvent } from '../../core/event.ts';
import type { JsonValue } from '../../core/json.ts';
import type { CefPlace, Feed, FeedField } from '../../feeds/feed.ts';
import { parseIsoTime, withinTime } from '../../feeds/iso-time.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { lineSource, signatureSource, valueOf, type ValueSource } from '../event-values.ts';
import {
  cutVisibly,
  multiLine,
  remembered,
  singleLine,
  slug,
  textOf,
  withoutReordering,
} from '../line-text.ts';
import { cefHeaderLengths, cefKeys, fitsType, type CefKey } from './cef-keys.ts';
import { escapeClean, escapeExtension, escapeHeader } from './escape.ts';

/** Where a value may go, the first place whose type takes it. */
interface Place {
  /** `cs2Label=ClientVersion cs2=` */
  readonly start: string;
  readonly type: CefKey['type'];
  readonly lengthMax: number;
}

interface Pair extends ValueSource {
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
  const header = compileHeader(feed, hardened);
  const pairs = [
    ...feed.fields.flatMap((field) => compilePair(feed, field, options.facility)),
    ...compileExcerpts(feed),
  ];
  const firstGap = options.extensionLeadingSpace === true ? '| ' : '|';

  return (event: TailraceEvent) => {
    let line = `${header(event)}${event.severity}`;
    let gap = firstGap;
    for (const source of pairs) {
      const text = textOf(valueOf(event, source));
      if (text === '') continue;
      const isPlain = plain.test(text);
      const value = isPlain ? text.trim() : withoutReordering(multiLine(text));
      const place = value === '' ? undefined : placeFor(source.places, value);
      if (place === undefined) continue;
      line += gap;
      line += place.start;
      line += isPlain
        ? cutVisibly(value, place.lengthMax)
        : escapeClean(cutVisibly(hardened ? percentEquals(value) : value, place.lengthMax), '\\=');
      gap = ' ';
    }
    return gap === ' ' ? line : `${line}|`;
  };
}

/** Nothing but ASCII that stands for itself. */
const plain = /^[ -<>-[\]-~]*$/;

function placeFor(places: readonly Place[], value: string): Place | undefined {
  for (const place of places) {
    if (fitsType(place.type, value)) return place;
  }
  return undefined;
}

function percentEquals(value: string): string {
  return value.replaceAll('=', '%3D');
}

/** From `CEF:0` up to the pipe before the severity. */
function compileHeader(feed: Feed, hardened: boolean): (event: TailraceEvent) => string {
  const { vendor, product, deviceVersion, classId, name } = cefHeaderLengths;
  const start = `CEF:0|${[
    headerText(feed.vendor, vendor),
    headerText(feed.product, product),
    headerText(feed.version, deviceVersion),
  ].join('|')}|`;
  const inHeader = (text: string): string =>
    hardened ? percentEquals(text).replaceAll('|', '%7C') : text;
  const classIdText = remembered((text) => headerText(inHeader(text), classId));
  const nameText = remembered((text) => headerText(inHeader(text), name));
  const slugText = remembered(slug);
  const signatureId = signatureSource(feed, 'id');
  const signatureName = signatureSource(feed, 'name');
  return (event) => {
    const { type } = event;
    const id = classIdText(signatureId(event) ?? '') || slugText(type);
    return `${start}${id}|${nameText(signatureName(event) ?? '') || nameText(type)}|`;
  };
}

function headerText(text: string, lengthMax: number): string {
  return escapeHeader(cutVisibly(withoutReordering(singleLine(text)), lengthMax));
}

function compilePair(feed: Feed, field: FeedField, facility: number): readonly Pair[] {
  const first = field.strictCef ?? field.cef;
  if (first === undefined) return [];
  return [{ ...strictSource(feed, field, facility), places: compilePlaces(first) }];
}

function compileExcerpts({ cefExcerpts = [] }: Feed): readonly Pair[] {
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

function epochMs(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return withinTime(value);
  return typeof value === 'string' ? parseIsoTime(value) : undefined;
}

/** Cutting an identity would make two events one; a long one keeps its start and ends in a digest. */
function externalId(id: string): string {
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
