import type { Severity } from '../core/event.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { invalid } from './attribute-value.ts';
import { compileCategories } from './category-of-event.ts';
import { eventIdentity, relationOf, withSortedKeys } from './event-identity.ts';
import type { Category, FeedField, ReadEvent } from './feed.ts';
import { parseIsoTime } from './iso-time.ts';
import { canonicalFields, compileAttributes, type ReadAttributes } from './read-attributes.ts';

export const typeLengthMax = 512;
export const idPattern = /^[!-~]{1,128}$/;

/** What a reader is compiled from. */
export interface AttributeTable {
  readonly fields: readonly FeedField[];
  readonly categories: readonly Category[];
  readonly severities: readonly Severity[];
  /** Index into `severities`, for events that name none. */
  readonly defaultSeverity: number;
  /** Name of the attribute that relates events and starts their identity. */
  readonly relation: string;
  /**
   * Names of the attributes that, with the time, tell related events apart; all there are when left
   * out. Events without a relation are always told apart by everything.
   */
  readonly identity?: readonly string[];
  /** The type of events that name none; without it they are refused. */
  readonly defaultType?: string;
  /** Whether only attributes in the table's order, unknown ones behind them, are canonical. */
  readonly inOrder?: boolean;
}

/** The events that `table` describes, from their attributes: see `Feed.readEvent`. */
export function compileAttributeReader(
  table: AttributeTable,
): (attributes: JsonObject) => ReadEvent {
  const readAttributes = compileAttributes(table.fields, table.inOrder === true);
  const categoryOf = compileCategories(table.categories);
  const at = compileRoles(table);
  const { identifying, telling } = identifyingIndexes(table);

  function identityOf(read: ReadAttributes, occurredAtMs: number, rawSeverity: number): string {
    const relation = relationOf(read.values[at.relation]);
    if (relation !== undefined && telling !== undefined) {
      return eventIdentity(relation, contentOf([occurredAtMs], read, telling));
    }
    const content = contentOf([occurredAtMs, rawSeverity], read, identifying);
    if (read.unknown !== undefined) content.push(...unknownContent(read.unknown));
    return eventIdentity(relation, content);
  }

  return (attributes) => {
    const read = readAttributes(attributes);
    const { values, canonical } = read;
    const type = readType(values[at.type], at.typeName, table.defaultType);
    const occurredAtMs = readTime(values[at.time], at.timeName);
    const rawSeverity = readSeverity(values[at.severity], table);
    const id = readId(values[at.id]) ?? identityOf(read, occurredAtMs, rawSeverity);
    const severity = table.severities[rawSeverity] ?? 0;
    const fields = canonical ? attributes : canonicalFields(read, table.fields);
    const category = categoryOf(at.category === -1 ? type : values[at.category], type);
    return { event: { id, occurredAtMs, type, severity, fields }, category, canonical };
  };
}

/** What makes an event what it is. Formats differ in how they say "nothing": absent, null or empty. */
function contentOf(
  start: readonly JsonValue[],
  { values }: ReadAttributes,
  indexes: readonly number[],
): JsonValue[] {
  const content = [...start];
  for (const index of indexes) {
    const value = values[index];
    content.push(value === undefined || value === '' ? null : value);
  }
  // A field that is added at the table's end later leaves the identities of old events alone.
  while (content.at(-1) === null) content.pop();
  return content;
}

function readType(
  value: JsonValue | undefined,
  name: string,
  defaultType: string | undefined,
): string {
  const isNamed = typeof value === 'string' && value.trim() !== '';
  if (isNamed && value.length <= typeLengthMax) return value;
  if (defaultType !== undefined && !isNamed) return defaultType;
  throw invalid(name, `1 to ${typeLengthMax} characters`, value);
}

function readTime(value: JsonValue | undefined, name: string): number {
  const timeMs = typeof value === 'string' ? parseIsoTime(value) : undefined;
  if (timeMs !== undefined) return timeMs;
  throw invalid(name, 'ISO 8601 with offset or epoch milliseconds', value);
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

function unknownContent(unknown: readonly [string, JsonValue][]): JsonValue[] {
  return unknown
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => [name, withSortedKeys(value)]);
}

/** Indexes of the fields that make an event what it is, and of those that tell related ones apart. */
export function identifyingIndexes({ fields, identity }: AttributeTable) {
  // The facility is a setting: were it part of the identity, changing it would make old events new.
  const identifying = fields.flatMap(({ role }, index) =>
    role === undefined || role === 'category' || role === 'type' ? [index] : [],
  );
  return { identifying, telling: identity?.map((name) => indexOfName(fields, name)) };
}

/** Where in the table the fields with roles are; -1 for none. */
export function compileRoles({ fields, relation }: AttributeTable) {
  const indexOf = (role: FeedField['role']): number =>
    fields.findIndex((field) => field.role === role);
  const type = indexOf('type');
  const time = indexOf('time');
  return {
    id: indexOf('id'),
    time,
    timeName: fields[time]?.name ?? 'time',
    type,
    typeName: fields[type]?.name ?? 'type',
    severity: indexOf('severity'),
    category: indexOf('category'),
    relation: indexOfName(fields, relation),
  };
}

function indexOfName(fields: readonly FeedField[], wanted: string): number {
  return fields.findIndex(({ name }) => name === wanted);
}
