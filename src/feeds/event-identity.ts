import { hash } from 'node:crypto';
import type { JsonValue } from '../core/json.ts';

/**
 * The identity of an event that brings none of its own: `1203589860-5f0c…` (16 hex digits) after a
 * number that relates events but is not unique, `e-…` (32 hex digits) without one. At most 40
 * characters, which is what CEF's externalId holds.
 */
export function eventIdentity(relation: JsonValue | undefined, content: string): string {
  const digest = hash('sha256', content, 'hex');
  const isRelated =
    typeof relation === 'number' || (typeof relation === 'string' && relation !== '');
  return !isRelated ? `e-${digest.slice(0, 32)}` : `${relation}-${digest.slice(0, 16)}`;
}

/** One value as a part of hashed content: no two different lists of values give the same text. */
export function contentPart(value: JsonValue | undefined): string {
  // What is absent, null or empty is the same: formats differ in how they say "nothing".
  if (value === undefined || value === null || value === '') return '0:';
  if (typeof value === 'number') return `${value};`;
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return `${text.length}:${text}`;
}

/** JSON text that does not depend on the order of keys. */
function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) {
    return `[${value.map((item: JsonValue) => canonicalJson(item)).join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
