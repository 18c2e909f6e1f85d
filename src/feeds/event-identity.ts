import { hash } from 'node:crypto';
import type { JsonValue } from '../core/json.ts';

/**
 * The identity of an event that brings none of its own: `1203589860-5f0c…` (16 hex digits) after a
 * number that relates events but is not unique, `e-…` (32 hex digits) without one. At most 40
 * characters, which is what CEF's externalId holds. `content` is everything that makes the event what
 * it is, in a fixed order.
 */
export function eventIdentity(
  relation: JsonValue | undefined,
  content: readonly JsonValue[],
): string {
  const digest = hash('sha256', JSON.stringify(content), 'hex');
  const isRelated =
    typeof relation === 'number' || (typeof relation === 'string' && relation !== '');
  return isRelated ? `${relation}-${digest.slice(0, 16)}` : `e-${digest.slice(0, 32)}`;
}

/** The same value whatever order the keys of its objects came in. */
export function withSortedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => withSortedKeys(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, withSortedKeys(item)]));
}
