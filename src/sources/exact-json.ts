import type { JsonObject, JsonValue } from '../core/json.ts';

/** An integer that a double cannot hold has that many digits. Cheap, and nearly always false. */
const manyDigits = /\d{16}/;
/** May match inside of a string with escaped quotes too, which costs time and changes nothing. */
const inexactInteger = /"\s*:\s*-?\d{16}|[[,]\s*-?\d{16,}\s*[\],]/;

/**
 * As `JSON.parse`, but integers that a double cannot hold come as strings of their own digits.
 * Throws `SyntaxError`.
 */
export function parseExactly(text: string): JsonValue {
  const isInexact = manyDigits.test(text) && inexactInteger.test(text);
  const value: JsonValue = isInexact ? JSON.parse(text, keepInexactNumber) : JSON.parse(text);
  return value;
}

function keepInexactNumber(
  _key: string,
  value: JsonValue,
  context?: { readonly source?: string },
): JsonValue {
  const isInexact = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isInexact && /^-?\d+$/.test(context?.source ?? '') ? (context?.source ?? value) : value;
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
