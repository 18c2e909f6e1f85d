import { z } from 'zod';
import { nearestWord } from '../lib/nearest-word.ts';
import { sinkTypes, sourceTypes } from './adapters.ts';
import type { SinkOptions, SourceOptions } from './adapters.ts';
import { sinkSchema, sourceSchema } from './config-schema.ts';
import type { SinkEntry, SourceEntry } from './config-schema.ts';
import type { Problem } from './problem.ts';
import { problemsOf } from './schema-problems.ts';
import { keysOf } from './schema-walk.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** An entry of `sources`; `options` is what its type alone has. */
export type SourceConfig = SourceEntry & SourceOptions;
/** An entry of `sinks`; `options` is what its type alone has. */
export type SinkConfig = SinkEntry & SinkOptions;

/** The entries of `sources` that are in order; what is wrong with the others goes to `problems`. */
export function readSources(document: YamlDocument, problems: Problem[]): SourceConfig[] {
  return entriesOf(document, 'sources', problems).flatMap((entry) => {
    const common = readCommon(entry, sourceSchema, problems);
    const special = readSpecial<SourceOptions>(entry, sourceSchema, sourceTypes, problems);
    return common && special ? [{ ...common, ...special }] : [];
  });
}

/** The entries of `sinks` that are in order; what is wrong with the others goes to `problems`. */
export function readSinks(document: YamlDocument, problems: Problem[]): SinkConfig[] {
  return entriesOf(document, 'sinks', problems).flatMap((entry) => {
    const common = readCommon(entry, sinkSchema, problems);
    const special = readSpecial<SinkOptions>(entry, sinkSchema, sinkTypes, problems);
    return common && special ? [{ ...common, ...special }] : [];
  });
}

interface Entry {
  readonly document: YamlDocument;
  readonly at: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

function entriesOf(document: YamlDocument, section: string, problems: Problem[]): Entry[] {
  return listAt(document, section).flatMap((value, index) => {
    const at = [section, index];
    if (isMap(value)) return [{ document, at, value }];
    const message = `${section}[${index}]: expected keys with values`;
    problems.push({ ...document.placeOf(at), message });
    return [];
  });
}

/** The keys that every entry of a section has. */
function readCommon<T>(entry: Entry, schema: z.ZodType<T>, problems: Problem[]): T | undefined {
  const { document, at } = entry;
  const value = pick(entry, (key) => keysOf(schema).includes(key));
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  problems.push(...problemsOf(result.error.issues, { document, at, schema, value }));
  return undefined;
}

/** The keys that belong to the entry's type. */
function readSpecial<T>(
  entry: Entry,
  common: z.ZodType,
  types: Readonly<Record<string, z.ZodType<T>>>,
  problems: Problem[],
): T | undefined {
  const { document, at } = entry;
  const { type } = entry.value;
  const schema = typeof type === 'string' && Object.hasOwn(types, type) ? types[type] : undefined;
  if (schema === undefined) {
    problems.push(unknownType(entry, Object.keys(types)), ...foreignKeys(entry, common, types));
    return undefined;
  }
  const otherKeys = keysOf(common);
  const value = pick(entry, (key) => !otherKeys.includes(key));
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const checked = { document, at, schema, value, otherKeys };
  problems.push(...problemsOf(result.error.issues, checked));
  return undefined;
}

function unknownType({ document, at, value }: Entry, known: readonly string[]): Problem {
  const { type } = value;
  const place = document.placeOf([...at, 'type']);
  const expected = `expected one of ${known.join(', ')}`;
  if (typeof type !== 'string') return { ...place, message: `type is missing: ${expected}` };
  const meant = nearestWord(type, known);
  const question = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return {
    ...place,
    message: `type: ${expected}, got ${JSON.stringify(type.slice(0, 80))}${question}`,
  };
}

/** Keys that no type has. */
function foreignKeys(
  { document, at, value }: Entry,
  common: z.ZodType,
  types: Readonly<Record<string, z.ZodType>>,
): readonly Problem[] {
  const schema = z.union(Object.values(types));
  const otherKeys = keysOf(common);
  const known = new Set([...otherKeys, ...keysOf(schema)]);
  const keys = Object.keys(value).filter((key) => !known.has(key));
  if (keys.length === 0) return [];
  const issues: z.core.$ZodIssue[] = [{ code: 'unrecognized_keys', keys, path: [], message: '' }];
  return problemsOf(issues, { document, at, schema, value, otherKeys });
}

function pick({ value }: Entry, isWanted: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => isWanted(key)));
}

/** The list under a key of the document; empty when there is none. */
export function listAt(document: YamlDocument, section: string): readonly unknown[] {
  const list = isMap(document.value) ? document.value[section] : undefined;
  return Array.isArray(list) ? list : [];
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
