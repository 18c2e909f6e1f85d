import { AppError } from '../core/errors.ts';
import type { JsonValue } from '../core/json.ts';
import type { FeedField } from './feed.ts';
import { formatIsoTime, latestTimeMs, parseIsoTime } from './iso-time.ts';

/** UTF-16 code units of one attribute's value. */
export const attributeLengthMax = 256 * 1024;
/** Objects and lists in one another, in attributes that the feed's table does not know. */
export const attributeDepthMax = 4;

/**
 * The canonical value of a known attribute. `null` and `''` are values of every type. Throws
 * `input_invalid` naming the attribute, what was expected and what came.
 */
export function canonicalValue(field: FeedField, name: string, value: JsonValue): JsonValue {
  return value === null ? value : canonicalByType[field.type](name, value, field);
}

const canonicalByType = {
  string: canonicalText,
  address: canonicalText,
  integer: canonicalInteger,
  time: canonicalTime,
} as const satisfies Record<
  FeedField['type'],
  (name: string, value: JsonValue, field: FeedField) => JsonValue
>;

function canonicalText(name: string, value: JsonValue, { trimmed }: FeedField): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw invalid(name, 'a string', value);
  if (value.length > attributeLengthMax) throw tooLong(name, value.length);
  return trimmed === true ? value.trim() : value;
}

const digits = /^-?\d{1,19}$/;

/** Numbers that JavaScript cannot hold exactly stay strings of digits. */
function canonicalInteger(name: string, value: JsonValue): number | string {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value;
    if (Number.isInteger(value)) throw invalid(name, 'a string, because it is that large', value);
    throw invalid(name, 'a whole number', value);
  }
  if (typeof value !== 'string') throw invalid(name, 'a whole number', value);
  if (value === '') return value;
  if (!digits.test(value)) throw invalid(name, 'a whole number', value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** In 1973. What is less may be a year, or seconds, which would silently become a day in 1970. */
const epochMsMin = 100_000_000_000;
const epochMsDigits = /^\d{12,15}$/;

function canonicalTime(name: string, value: JsonValue, { precision }: FeedField): string {
  if (typeof value === 'string' && (value === '' || parseIsoTime(value) !== undefined)) {
    return value;
  }
  const isDigits = typeof value === 'string' && epochMsDigits.test(value);
  const timeMs = isDigits ? Number(value) : value;
  const isEpochMs = typeof timeMs === 'number' && Number.isInteger(timeMs);
  if (isEpochMs && timeMs >= epochMsMin && timeMs <= latestTimeMs)
    return formatIsoTime(timeMs, precision);
  throw invalid(name, 'ISO 8601 with offset or epoch milliseconds', value);
}

/** An attribute that the feed's table does not know is kept as it is, if its size is sane. */
export function assertSaneValue(name: string, value: JsonValue, depth = 0): void {
  if (typeof value === 'string') {
    if (value.length > attributeLengthMax) throw tooLong(name, value.length);
    return;
  }
  if (typeof value === 'number') {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw invalid(name, 'a string, because it is that large', value);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth === attributeDepthMax) {
    throw invalid(name, `at most ${attributeDepthMax} levels deep`, value);
  }
  for (const item of Object.values(value)) assertSaneValue(name, item, depth + 1);
  if (depth > 0) return;
  const { length } = JSON.stringify(value);
  if (length > attributeLengthMax) throw tooLong(name, length);
}

/** The error for an attribute that is not what it must be; says what came, never more than a glimpse. */
export function invalid(name: string, expected: string, value: JsonValue | undefined): AppError {
  return new AppError('input_invalid', `${shown(name)} must be ${expected}, got ${glimpse(value)}`);
}

function tooLong(name: string, length: number): AppError {
  const limit = `${shown(name)} must be at most ${attributeLengthMax} characters`;
  return new AppError('input_invalid', `${limit}, got ${length}`);
}

/** An attribute's name as it may stand in a message, whoever chose it. */
export function shown(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64));
}

function glimpse(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
