import type { JsonValue } from '../core/json.ts';
import type { Feed, FeedField, FieldRole } from '../feeds/feed.ts';
import { formatIsoTime } from '../feeds/iso-time.ts';

/** The text of a line as the attribute's canonical value: numbers where the field is an integer. */
export function attributeOf(field: FeedField, text: string): JsonValue {
  const isInteger = field.type === 'integer' && /^-?\d{1,19}$/.test(text);
  return isInteger && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

/** The canonical name of the field with this role, which every feed has. */
export function roleName(feed: Feed, role: Exclude<FieldRole, 'category' | 'facility'>): string {
  return nameWithRole(feed, role) ?? role;
}

/** The canonical name of the field with this role; undefined where the feed has none. */
export function nameWithRole(feed: Feed, role: FieldRole): string | undefined {
  return feed.fields.find((field) => field.role === role)?.name;
}

/** The moment of an event as its feed writes it. */
export function timeText(feed: Feed, timeMs: number): string {
  return formatIsoTime(timeMs, feed.fields.find(({ role }) => role === 'time')?.precision);
}
