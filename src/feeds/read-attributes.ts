import { AppError } from '../core/errors.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { compileSpellings, type Spelling } from './attribute-spellings.ts';
import {
  assertSaneValue,
  attributeLengthMax,
  canonicalValue,
  invalid,
  shown,
} from './attribute-value.ts';
import type { FeedField } from './feed.ts';

export const attributesMax = 200;
export const attributeNameLengthMax = 128;

/** The attributes of one event, checked. */
export interface ReadAttributes {
  /** By the field's index in the table. */
  readonly values: readonly (JsonValue | undefined)[];
  readonly unknown: readonly [string, JsonValue][] | undefined;
  readonly canonical: boolean;
}

/**
 * Finds known attributes whatever they are called and makes their values canonical. Throws
 * `input_invalid` naming the attribute, what was expected and what came.
 */
export function compileAttributes(
  fields: readonly FeedField[],
  inOrder: boolean,
): (attributes: JsonObject) => ReadAttributes {
  const spellingOf = compileSpellings(fields);
  const noValues = fields.map((): JsonValue | undefined => undefined);

  return (attributes) => {
    if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
      throw invalid('event', 'a JSON object', attributes);
    }
    const values = noValues.slice();
    let unknown: [string, JsonValue][] | undefined;
    let canonical = true;
    let count = 0;
    let nextIndex = 0;
    for (const name in attributes) {
      const value = attributes[name];
      if (value === undefined) continue;
      const spelling = spellingOf(name, count);
      if (++count > attributesMax) {
        throw new AppError('input_invalid', `event must have at most ${attributesMax} attributes`);
      }
      if (spelling === undefined) {
        assertSaneName(name);
        assertSaneValue(name, value);
        unknown ??= [];
        unknown.push([name, value]);
        nextIndex = fields.length;
        continue;
      }
      if (values[spelling.index] !== undefined) throw givenTwice(spelling.field, name);
      const read = isCanonical(spelling, value)
        ? value
        : canonicalValue(spelling.field, name, value);
      values[spelling.index] = read;
      canonical &&= spelling.canonical && read === value;
      canonical &&= !inOrder || spelling.index >= nextIndex;
      nextIndex = spelling.index + 1;
    }
    return { values, unknown, canonical };
  };
}

/** The quick answer for what nearly always comes; `canonicalValue` knows the rest. */
function isCanonical(spelling: Spelling, value: JsonValue): boolean {
  if (typeof value === 'number') return spelling.kind === 'integer' && Number.isSafeInteger(value);
  if (typeof value !== 'string' || value.length > attributeLengthMax) return false;
  // A shorter time is no ISO 8601 with offset, but may be epoch milliseconds in digits.
  return spelling.kind === 'text' || (spelling.kind === 'time' && value.length >= 20);
}

function assertSaneName(name: string): void {
  if (name.length >= 1 && name.length <= attributeNameLengthMax) return;
  const limit = `an attribute's name must be 1 to ${attributeNameLengthMax} characters`;
  throw new AppError('input_invalid', `${limit}, got ${name.length}`);
}

function givenTwice(field: FeedField, name: string): AppError {
  return new AppError(
    'input_invalid',
    `${field.name} must be given once, came again as ${shown(name)}`,
  );
}

/** Known attributes in table order, then the unknown ones as they came. */
export function canonicalFields(
  { values, unknown }: ReadAttributes,
  fields: readonly FeedField[],
): JsonObject {
  const known: Record<string, JsonValue> = {};
  for (const [index, { name }] of fields.entries()) {
    const value = values[index];
    if (value !== undefined) known[name] = value;
  }
  if (unknown === undefined) return known;
  // fromEntries defines and never assigns, so that no attribute's name reaches a prototype.
  return Object.fromEntries([...Object.entries(known), ...unknown]);
}
