import { AppError } from '../core/errors.ts';
import type { Severity } from '../core/event.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import {
  assertSaneValue,
  attributeLengthMax,
  canonicalValue,
  invalid,
  shown,
} from './attribute-value.ts';
import { contentPart, eventIdentity } from './event-identity.ts';
import type { Category, FeedField, ReadEvent } from './feed.ts';
import { parseIsoTime } from './iso-time.ts';

export const attributesMax = 200;
export const attributeNameLengthMax = 128;
const typeLengthMax = 512;
const idPattern = /^[!-~]{1,128}$/;

/** The category of an event which names none and whose type is not in the catalogue. */
export const uncategorized = 'Uncategorized';

/** What a reader is compiled from. */
export interface AttributeTable {
  readonly fields: readonly FeedField[];
  readonly categories: readonly Category[];
  readonly severities: readonly Severity[];
  /** Index into `severities`, for events that name none. */
  readonly defaultSeverity: number;
  /** Name of the attribute that relates events and starts their identity. */
  readonly relation: string;
}

/** One spelling of an attribute's name. */
interface Spelling {
  readonly field: FeedField;
  readonly index: number;
  readonly canonical: boolean;
  /** `text` for values whose form is checked later, or not at all. */
  readonly kind: 'text' | 'integer' | 'other';
}

/** The events that `table` describes, from their attributes: see `Feed.readEvent`. */
export function compileAttributeReader(
  table: AttributeTable,
): (attributes: JsonObject) => ReadEvent {
  const readAttributes = compileAttributes(table.fields);
  const categoryOf = compileCategories(table.categories);
  const at = compileRoles(table);
  // The facility is a setting: were it part of the identity, changing it would make old events new.
  const identifying = table.fields.flatMap((field, index) =>
    field.role === undefined || field.role === 'category' || field.role === 'type' ? [index] : [],
  );

  function contentOf(read: ReadAttributes, occurredAtMs: number, rawSeverity: number): string {
    let content = `${occurredAtMs}:${rawSeverity}:`;
    for (const index of identifying) content += contentPart(read.values[index]);
    return read.unknown === undefined ? content : content + unknownContent(read.unknown);
  }

  return (attributes) => {
    const read = readAttributes(attributes);
    const { values, canonical } = read;
    const type = readType(values[at.type]);
    const occurredAtMs = readTime(values[at.time]);
    const rawSeverity = readSeverity(values[at.severity], table);
    const id =
      readId(values[at.id]) ??
      eventIdentity(values[at.relation], contentOf(read, occurredAtMs, rawSeverity));
    const severity = table.severities[rawSeverity] ?? 0;
    const fields = canonical ? attributes : canonicalFields(read, table.fields);
    const category = categoryOf(values[at.category], type);
    return { event: { id, occurredAtMs, type, severity, fields }, category, canonical };
  };
}

interface ReadAttributes {
  /** By the field's index in the table. */
  readonly values: readonly (JsonValue | undefined)[];
  readonly unknown: readonly [string, JsonValue][] | undefined;
  readonly canonical: boolean;
}

function compileAttributes(
  fields: readonly FeedField[],
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
        continue;
      }
      if (values[spelling.index] !== undefined) throw givenTwice(spelling.field, name);
      const read = isCanonical(spelling, value)
        ? value
        : canonicalValue(spelling.field, name, value);
      values[spelling.index] = read;
      canonical &&= spelling.canonical && read === value;
    }
    return { values, unknown, canonical };
  };
}

/** The quick answer for what nearly always comes; `canonicalValue` knows the rest. */
function isCanonical(spelling: Spelling, value: JsonValue): boolean {
  if (typeof value === 'number') return spelling.kind === 'integer' && Number.isSafeInteger(value);
  return (
    typeof value === 'string' && spelling.kind === 'text' && value.length <= attributeLengthMax
  );
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

function readType(value: JsonValue | undefined): string {
  if (typeof value === 'string' && value.length <= typeLengthMax && value.trim() !== '') {
    return value;
  }
  throw invalid('eventType', `1 to ${typeLengthMax} characters`, value);
}

function readTime(value: JsonValue | undefined): number {
  const timeMs = typeof value === 'string' ? parseIsoTime(value) : undefined;
  if (timeMs !== undefined) return timeMs;
  throw invalid('timestamp', 'ISO 8601 with offset or epoch milliseconds', value);
}

function readSeverity(value: JsonValue | undefined, table: AttributeTable): number {
  if (value === undefined || value === null || value === '') return table.defaultSeverity;
  if (typeof value === 'number' && value >= 0 && value < table.severities.length) return value;
  throw invalid('severity', `0 to ${table.severities.length - 1}`, value);
}

function readId(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' && idPattern.test(value)) return value;
  throw invalid('id', '1 to 128 printable ASCII characters without spaces', value);
}

function unknownContent(unknown: readonly [string, JsonValue][]): string {
  return unknown
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => contentPart(name) + contentPart([value]))
    .join('');
}

/** Known attributes in table order, then the unknown ones as they came. */
function canonicalFields(
  { values, unknown = [] }: ReadAttributes,
  fields: readonly FeedField[],
): JsonObject {
  const known = fields.flatMap((field, index): [string, JsonValue][] => {
    const value = values[index];
    return value === undefined ? [] : [[field.name, value]];
  });
  // fromEntries defines and never assigns, so that no attribute's name reaches a prototype.
  return Object.fromEntries([...known, ...unknown]);
}

/** Finds a name's spelling; quickly when the attribute at `place` had the same name last time. */
function compileSpellings(
  fields: readonly FeedField[],
): (name: string, place: number) => Spelling | undefined {
  const spellings = new Map<string, Spelling>();
  for (const [index, field] of fields.entries()) {
    const kind = spellingKind(field);
    for (const name of [field.v1Name, ...(field.aliases ?? []), field.name]) {
      spellings.set(name, { field, index, canonical: name === field.name, kind });
    }
  }
  // A product writes its attributes in one order: comparing with the event before is much cheaper
  // than looking up.
  const lastNames: string[] = [];
  const lastSpellings: (Spelling | undefined)[] = [];
  return (name, place) => {
    if (lastNames[place] === name) return lastSpellings[place];
    const spelling = spellings.get(name);
    if (place < fields.length) {
      lastNames[place] = name;
      lastSpellings[place] = spelling;
    }
    return spelling;
  };
}

function spellingKind(field: FeedField): Spelling['kind'] {
  if (field.type === 'integer') return 'integer';
  return field.type !== 'time' || field.role === 'time' ? 'text' : 'other';
}

function compileRoles({ fields, relation }: AttributeTable) {
  const indexOf = (role: FeedField['role']): number =>
    fields.findIndex((field) => field.role === role);
  return {
    id: indexOf('id'),
    time: indexOf('time'),
    type: indexOf('type'),
    severity: indexOf('severity'),
    category: indexOf('category'),
    relation: fields.findIndex((field) => field.name === relation),
  };
}

/** The catalogue's category for what an event says of itself: its category, or its type's. */
function compileCategories(
  categories: readonly Category[],
): (category: JsonValue | undefined, type: string) => string {
  const byName = new Map(
    categories.flatMap(({ name }) => [
      [categoryKey(name), name],
      [name, name],
    ]),
  );
  const byType = new Map(
    categories.flatMap(({ name, eventTypes }) => eventTypes.map((type) => [type.name, name])),
  );
  return (category, type) => {
    if (typeof category !== 'string' || category === '') return byType.get(type) ?? uncategorized;
    return byName.get(category) ?? byName.get(categoryKey(category)) ?? category;
  };
}

/** "Backup & Restore" in one document is "Backup And Restore" in another. */
function categoryKey(name: string): string {
  return name.replaceAll('&', 'and').toLowerCase();
}
