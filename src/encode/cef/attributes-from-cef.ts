import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { CefPlace, Feed, FeedField } from '../../feeds/feed.ts';
import { formatIsoTime } from '../../feeds/iso-time.ts';
import { attributeOf, roleName } from '../field-attributes.ts';
import { parseCefTime, readCefPrefix } from './cef-prefix.ts';
import type { DecodedCef } from './decode-cef.ts';

/**
 * The feed's attributes, by canonical names, of a line in either profile: what `feed.readEvent` takes.
 * A custom slot is known by its label. Keys that the feed does not know stay under their own name.
 */
export function attributesFromCef(feed: Feed, line: DecodedCef): JsonObject {
  const places = placesOf(feed);
  const attributes = new Map<string, JsonValue>();
  attributes.set(roleName(feed, 'type'), line.name);
  // The vendor writes its own number here; the strict profile has it in a slot that overwrites this.
  if (/^\d$/.test(line.severity) && Number(line.severity) < feed.severities.length) {
    attributes.set(roleName(feed, 'severity'), Number(line.severity));
  }
  const { timeMs } = readCefPrefix(line.prefix);
  if (timeMs !== undefined) attributes.set(roleName(feed, 'time'), formatIsoTime(timeMs));
  for (const [key, text] of line.extension) {
    if (text === '' || isLabel(key, line)) continue;
    const label = line.extension.get(`${key}Label`);
    const field = places.get(placeName(key, label));
    attributes.set(field?.name ?? label ?? key, field === undefined ? text : valueOf(field, text));
  }
  return Object.fromEntries(attributes);
}

function isLabel(key: string, line: DecodedCef): boolean {
  return key.endsWith('Label') && line.extension.has(key.slice(0, -'Label'.length));
}

function valueOf(field: FeedField, text: string): JsonValue {
  if (field.type !== 'time') return attributeOf(field, text);
  const timeMs = parseCefTime(text);
  return timeMs === undefined ? text : formatIsoTime(timeMs);
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
