import { hash } from 'node:crypto';
import type { JsonValue } from '../core/json.ts';

/** What CEF's externalId holds. */
const identityLength = 40;
/** Printable ASCII; `-` is how web servers write nothing. */
const relationPattern = /^(?!-$)[!-~]{1,100}$/;

/** The text of an attribute that relates events, such as a request's number; undefined for none. */
export function relationOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && relationPattern.test(value) ? value : undefined;
}

/**
 * The identity of an event that brings none of its own: `1203589860-5f0c…` after what relates events
 * but is not unique, `e-…` (32 hex digits) without that. The digest behind a relation has 16 hex
 * digits, 12 if 40 characters hold no more. `content` is everything that makes the event what it is,
 * in a fixed order.
 */
export function eventIdentity(relation: string | undefined, content: readonly JsonValue[]): string {
  return identityOfContent(relation, JSON.stringify(content));
}

/** As `eventIdentity`, for what is JSON already, in the spelling of `JSON.stringify`. */
export function identityOfContent(
  relation: string | undefined,
  content: string | NodeJS.ArrayBufferView,
): string {
  const digest = hash('sha256', content, 'hex');
  if (relation === undefined) return `e-${digest.slice(0, 32)}`;
  const length = relation.length + 1 + 16 <= identityLength ? 16 : 12;
  return `${relation}-${digest.slice(0, length)}`;
}

/** The same value whatever order the keys of its objects came in. */
export function withSortedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => withSortedKeys(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, withSortedKeys(item)]));
}
