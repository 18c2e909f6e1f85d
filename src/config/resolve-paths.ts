import { resolve } from 'node:path';
import type { z } from 'zod';
import { isFilePath } from '../core/file-path.ts';
import { innermost, schemaAt } from './schema-walk.ts';
import type { Path } from './yaml-document.ts';

/** What was read with `schema`, with every relative path in it resolved against `base`. */
export function resolvePaths<T>(value: T, schema: z.core.$ZodType, base: string): T;
export function resolvePaths(value: unknown, schema: z.core.$ZodType, base: string): unknown {
  return resolved(value, [], { schema, base });
}

interface Resolving {
  readonly schema: z.core.$ZodType;
  readonly base: string;
}

function resolved(value: unknown, path: Path, resolving: Resolving): unknown {
  const { schema, base } = resolving;
  if (typeof value === 'string') return isPathAt(schema, path) ? resolve(base, value) : value;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => resolved(item, [...path, index], resolving));
  }
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, resolved(inner, [...path, key], resolving)]),
  );
}

function isPathAt(schema: z.core.$ZodType, path: Path): boolean {
  const found = schemaAt(schema, path);
  return found !== undefined && isFilePath(innermost(found));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
