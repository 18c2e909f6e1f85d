import type { JsonValue } from '../core/json.ts';
import type { Feed, FeedField } from '../feeds/feed.ts';

/** The text of a line as the attribute's canonical value: numbers where the field is an integer. */
export function attributeOf(field: FeedField, text: string): JsonValue {
  const isInteger = field.type === 'integer' && /^-?\d{1,19}$/.test(text);
  return isInteger && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}

/** The canonical name of the field with this role; every feed has all of them. */
export function roleName(feed: Feed, role: NonNullable<FeedField['role']>): string {
  return feed.fields.find((field) => field.role === role)?.name ?? role;
}
