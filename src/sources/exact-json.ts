import type { JsonObject, JsonValue } from '../core/json.ts';

/**
 * As `JSON.parse`, but integers that a double cannot hold come as strings of their own digits.
 * Throws `SyntaxError`.
 */
export function parseExactly(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return isExact(value) ? value : parseInexact(text);
}

/** What `parseExactly` does with a text whose value is not exact. */
export function parseInexact(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text, keepInexactNumber);
  return value;
}

/**
 * Whether no integer in what `JSON.parse` gave was rounded: that never brings one into the range in
 * which none is.
 */
export function isExact(value: JsonValue): boolean {
  if (typeof value === 'number') return !isInexact(value);
  if (typeof value !== 'object' || value === null) return true;
  if (!isJsonObject(value)) return value.every(isExact);
  for (const name in value) {
    const part = value[name];
    // Most are texts and small numbers; asking here spares a call for each.
    if (typeof part === 'string' || Number.isSafeInteger(part)) continue;
    if (part !== undefined && !isExact(part)) return false;
  }
  return true;
}

function isInexact(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

function keepInexactNumber(
  _key: string,
  value: JsonValue,
  context?: { readonly source?: string },
): JsonValue {
  const isRounded = typeof value === 'number' && isInexact(value);
  return isRounded && /^-?\d+$/.test(context?.source ?? '') ? (context?.source ?? value) : value;
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
