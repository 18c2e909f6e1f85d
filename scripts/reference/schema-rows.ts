import { z } from 'zod';
import { describeExpected, innermost, isSecretReference } from '../../src/config/schema-walk.ts';
import { durationMs, sizeBytes } from '../../src/core/quantity.ts';
import { code } from './table.ts';

type Schema = z.core.$ZodType;

/** One row for each key that may be written: key, what is expected, default, description. */
export function schemaRows(schema: Schema, above = ''): readonly (readonly string[])[] {
  const inner = innermost(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([key, child]) => rowsOfKey(`${above}${key}`, child));
}

export const schemaHeadings = ['key', 'value', 'default', 'meaning'] as const;

function rowsOfKey(path: string, schema: Schema): readonly (readonly string[])[] {
  const inner = innermost(schema);
  const description = descriptionOf(schema) ?? '';
  if (inner instanceof z.ZodObject) {
    const heading =
      description === '' ? [] : [[code(path), '', presence(schema), sentence(description)]];
    return [...heading, ...schemaRows(inner, `${path}.`)];
  }
  return [[code(path), expected(inner), presence(schema), sentence(description)]];
}

function expected(schema: Schema): string {
  if (isSecretReference(schema)) return 'secret';
  const text = describeExpected(schema);
  if (text === describeExpected(durationMs)) return 'duration';
  return text === describeExpected(sizeBytes) ? 'size' : text;
}

function presence(schema: Schema): string {
  const value = defaultOf(schema);
  if (value !== undefined && innermost(schema) instanceof z.ZodObject) return '';
  if (value !== undefined) return code(typeof value === 'string' ? value : JSON.stringify(value));
  return isOptional(schema) ? '' : 'required';
}

/** As it would be written in the file. */
function defaultOf(schema: Schema): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault)
    return schema.def.defaultValue;
  const inside = wrapped(schema);
  return inside === undefined ? undefined : defaultOf(inside);
}

function isOptional(schema: Schema): boolean {
  if (schema instanceof z.ZodOptional) return true;
  const inside = wrapped(schema);
  return inside !== undefined && isOptional(inside);
}

function descriptionOf(schema: Schema): string | undefined {
  const own = z.globalRegistry.get(schema)?.description;
  const inside = wrapped(schema);
  return own ?? (inside === undefined ? undefined : descriptionOf(inside));
}

function wrapped(schema: Schema): Schema | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return schema.def.innerType;
  }
  return schema instanceof z.ZodPipe ? schema.def.in : undefined;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital === '' || capital.endsWith('.') ? capital : `${capital}.`;
}
