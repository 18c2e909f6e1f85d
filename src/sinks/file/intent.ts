import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { manifestFactsSchema, type ManifestFacts } from '../../core/manifest.ts';
import type { Layout } from './layout.ts';

/**
 * What finishes a delivery that a crash interrupted. The paths travel with it, so that it is
 * finished where it was begun even if the configuration names another directory by then.
 */
export interface Intent {
  readonly version: 1;
  readonly mode: 'publish' | 'append';
  readonly layout: Layout;
  /** Name of the staged file. */
  readonly staged: string;
  readonly facts: ManifestFacts;
}

const intentSchema: z.ZodType<Intent> = z.strictObject({
  version: z.literal(1),
  mode: z.enum(['publish', 'append']),
  layout: z.strictObject({
    directory: z.string(),
    stagingDirectory: z.string(),
    manifestPath: z.string(),
  }),
  staged: z.string(),
  facts: manifestFactsSchema,
});

/** Throws `store_corrupt`. */
export function parseIntent(text: string): Intent {
  try {
    return intentSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = 'the stored intent is not one of a file sink of this version';
    throw new AppError('store_corrupt', message, { cause: error });
  }
}

export function stagedPath({ layout, staged }: Intent): string {
  return join(layout.stagingDirectory, staged);
}

export function publishedPath({ layout, facts }: Intent): string {
  return join(layout.directory, facts.file);
}
