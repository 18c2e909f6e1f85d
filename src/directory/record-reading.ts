import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { Actor } from './directory.ts';

/** See `Directory.recordReading`. */
export async function recordReading(
  parts: DirectoryParts,
  tenant: string,
  reading: { readonly action: string; readonly detail: string },
  actor: Actor,
): Promise<void> {
  await change(parts, actor, () =>
    Promise.resolve({ result: undefined, audit: { tenant, ...reading } }),
  );
}
