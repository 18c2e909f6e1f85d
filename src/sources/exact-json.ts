import { jsonLevelsMax, type JsonObject, type JsonValue } from '../core/json.ts';

/**
 * As `JSON.parse`, but integers that a double cannot hold come as strings of their own digits, unless
 * they lie deeper than anything does that is read. Throws `SyntaxError`.
 */
export function parseExactly(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return isExact(value) ? value : parseInexact(text);
}

/** What `parseExactly` does with a text whose value is not exact. */
export function parseInexact(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text, keepInexactNumber);
    return value;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const value: JsonValue = JSON.parse(text); // which, unlike the reviver, gets to any depth
    return value;
  }
}

/**
 * Whether no integer in what `JSON.parse` gave was rounded: that never brings one into the range in
 * which none is.
 */
export function isExact(value: JsonValue, levels = jsonLevelsMax): boolean {
  if (typeof value === 'number') return !isInexact(value);
  if (typeof value !== 'object' || value === null || levels === 0) return true;
  if (!isJsonObject(value)) return value.every((part) => isExact(part, levels - 1));
  for (const name in value) {
    const part = value[name];
    // Most are texts and small numbers; asking here spares a call for each.
    if (typeof part === 'string' || Number.isSafeInteger(part)) continue;
    if (part !== undefined && !isExact(part, levels - 1)) return false;
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
