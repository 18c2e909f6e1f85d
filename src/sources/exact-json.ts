import type { JsonObject, JsonValue } from '../core/json.ts';

export interface ExactJson {
  readonly value: JsonValue;
  /** False when the text holds an integer that a double cannot hold. */
  readonly isExact: boolean;
}

/**
 * As `JSON.parse`, but integers that a double cannot hold come as strings of their own digits.
 * Throws `SyntaxError`.
 */
export function parseExactly(text: string): ExactJson {
  const value: JsonValue = JSON.parse(text);
  if (isExact(value)) return { value, isExact: true };
  const exact: JsonValue = JSON.parse(text, keepInexactNumber);
  return { value: exact, isExact: false };
}

/** Rounding never brings an integer back into the range in which none is rounded. */
function isExact(value: JsonValue): boolean {
  if (typeof value === 'number') return !isInexact(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isExact);
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
