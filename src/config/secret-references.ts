import { secretReferenceSchema } from '../core/secret.ts';
import type { SecretReference } from '../core/secret.ts';
import { describePath } from './schema-problems.ts';
import type { Path } from './yaml-document.ts';

export interface FoundReference {
  /** `sources[0].options.clientSecret`. */
  readonly path: string;
  readonly reference: SecretReference;
}

/** Every secret that a configuration names, wherever it stands. */
export function secretReferencesIn(value: unknown, path: Path = []): readonly FoundReference[] {
  const reference = secretReferenceSchema.safeParse(value);
  if (reference.success) return [{ path: describePath(path), reference: reference.data }];
  if (typeof value !== 'object' || value === null) return [];
  const inside: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return inside.flatMap(([key, inner]) => secretReferencesIn(inner, [...path, key]));
}
