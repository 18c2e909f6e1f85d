import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { CefPlace, Feed, FeedField } from '../../feeds/feed.ts';
import { formatIsoTime } from '../../feeds/iso-time.ts';
import { nearestRawSeverity } from '../event-values.ts';
import { attributeOf, roleName, timeText } from '../field-attributes.ts';
import { slug } from '../line-text.ts';
import { parseCefTime, readCefPrefix } from './cef-prefix.ts';
import type { DecodedCef } from './decode-cef.ts';

/**
 * The feed's attributes, by canonical names, of a line in either profile: what `feed.readEvent` takes.
 * A custom slot is known by its label. Keys that the feed does not know stay under their own name;
 * excerpts say nothing new and are passed over.
 */
export function attributesFromCef(feed: Feed, line: DecodedCef): JsonObject {
  const places = placesOf(feed);
  const excerpts = new Set(feed.cefExcerpts?.map(({ key }) => key));
  const attributes = new Map<string, JsonValue>(headerAttributes(feed, line));
  const { timeMs } = readCefPrefix(line.prefix);
  if (timeMs !== undefined) attributes.set(roleName(feed, 'time'), timeText(feed, timeMs));
  for (const [key, text] of line.extension) {
    if (text === '' || isLabel(key, line) || excerpts.has(key)) continue;
    const label = line.extension.get(`${key}Label`);
    const field = places.get(placeName(key, label));
    attributes.set(field?.name ?? label ?? key, field === undefined ? text : valueOf(field, text));
  }
  return Object.fromEntries(attributes);
}

function headerAttributes(feed: Feed, line: DecodedCef): [string, JsonValue][] {
  const severity = headerSeverity(feed, line.severity);
  const attributes: [string, JsonValue][] =
    severity === undefined ? [] : [[roleName(feed, 'severity'), severity]];
  const { signature } = feed;
  if (signature === undefined) return [[roleName(feed, 'type'), line.name], ...attributes];
  // Without a signature of its own an event's type stands in the header, and once more in its key.
  const type = line.extension.get(typeKey(feed)) ?? line.name;
  if (line.name !== type) attributes.push([signature.name, line.name]);
  if (line.classId !== slug(type)) attributes.push([signature.id, line.classId]);
  return attributes.filter(([, value]) => value !== '');
}

function typeKey(feed: Feed): string {
  const field = feed.fields.find(({ role }) => role === 'type');
  return (field?.strictCef ?? field?.cef)?.key ?? '';
}

/** The vendor writes its own number here; the strict profile has it in a slot that overwrites this. */
function headerSeverity(feed: Feed, text: string): number | undefined {
  if (!/^(?:10|\d)$/.test(text)) return undefined;
  const severity = Number(text);
  if (feed.vendorLines === 'undocumented') return nearestRawSeverity(feed.severities, severity);
  return severity < feed.severities.length ? severity : undefined;
}

function isLabel(key: string, line: DecodedCef): boolean {
  return key.endsWith('Label') && line.extension.has(key.slice(0, -'Label'.length));
}

function valueOf(field: FeedField, text: string): JsonValue {
  if (field.type !== 'time') return attributeOf(field, text);
  const timeMs = parseCefTime(text);
  return timeMs === undefined ? text : formatIsoTime(timeMs, field.precision);
}

/** A label says more than the slot it stands in; labels are unique in an event. */
function placeName(key: string, label: string | undefined): string {
  return label === undefined ? `key ${key}` : `label ${label}`;
}

function placesOf(feed: Feed): ReadonlyMap<string, FeedField> {
  const places = new Map<string, FeedField>();
  for (const field of feed.fields) {
    for (const first of [field.cef, field.strictCef]) {
      for (let place: CefPlace | undefined = first; place !== undefined; place = place.otherwise) {
        places.set(placeName(place.key, place.label), field);
      }
    }
  }
  return places;
}
