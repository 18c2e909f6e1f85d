import type { JsonObject, JsonValue } from '../core/json.ts';

/** May match inside of a string with escaped quotes too, which costs time and changes nothing. */
const mayHoldInexactNumber = /"\s*:\s*-?(?:\d{16}|\d[\d.]*[eE])|[[,]\s*-?\d{16,}\s*[\],]/;

/**
 * As `JSON.parse`, but integers that a double cannot hold come as strings of their own digits.
 * Throws `SyntaxError`.
 */
export function parseExactly(text: string): JsonValue {
  if (!mayHoldInexactNumber.test(text)) {
    const value: JsonValue = JSON.parse(text);
    return value;
  }
  const exact: JsonValue = JSON.parse(text, keepInexactNumber);
  return exact;
}

function keepInexactNumber(
  _key: string,
  value: JsonValue,
  context?: { readonly source?: string },
): JsonValue {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const exact = Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
  return exact ? value : context.source;
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
