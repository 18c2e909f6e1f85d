import { resolve } from 'node:path';

/** Keys that hold a path, wherever they stand. */
const pathKey = /^(?:file|directory|ca|certificate|manifest)$|(?:File|Directory)$/;

/** The same value with every relative path resolved against `base`. */
export function resolvePaths<T>(value: T, base: string): T;
export function resolvePaths(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => resolvePaths(item, base));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === 'string' && pathKey.test(key)
        ? resolve(base, inner)
        : resolvePaths(inner, base),
    ]),
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
