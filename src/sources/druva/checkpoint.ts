import { z } from 'zod';
import { AppError } from '../../core/errors.ts';

const occurrencesSchema = z.object({
  atMs: z.number(),
  /** Ids with a space between them: those of earlier moments, then those of `atMs`. */
  lines: z.string(),
  /** Times of the former. */
  earlierMs: z.array(z.number()).optional(),
  /** How often those came that came more than once. */
  repeated: z.record(z.string(), z.int()),
});

/** What a later version adds is let pass: nodes and versions are replaced one after the other. */
const checkpointSchema = z.object({
  version: z.literal(1),
  api: z.enum(['v1', 'v2']),
  cursor: z.string().optional(),
  heldMs: z.number().optional(),
  repeating: z.boolean(),
  gapUnchecked: z.boolean(),
  occurrences: occurrencesSchema.optional(),
  untried: z.literal(true).optional(),
  digest: z.string().optional(),
});

/** How often each line of the last moments was seen, by digest; tells identical lines apart. */
export type Occurrences = z.infer<typeof occurrencesSchema>;

/**
 * Where pulling from Druva stands.
 *
 * `cursor`: progress cookie or tracker; without one the service starts at its oldest event.
 * `heldMs`: time of the newest event that was pulled. `repeating`: events may come that are held
 * already. `gapUnchecked`: nothing has come yet since the service refused a cursor, so whether
 * events are missing is not known yet. `occurrences`: of the lines in the last page's last second,
 * and of a few shortly before. `untried`: the cursor came with the oldest events, and nothing has been had
 * with it yet. `digest`: of the elements of the last page that had any.
 */
export type DruvaCheckpoint = Readonly<z.infer<typeof checkpointSchema>>;

/**
 * What a stored checkpoint says; the beginning when there is none. A cursor of the other API means
 * nothing to this one, so with it pulling starts again and repeats are left out.
 */
export function readCheckpoint(text: string | undefined, api: 'v1' | 'v2'): DruvaCheckpoint {
  if (text === undefined) return { version: 1, api, repeating: true, gapUnchecked: false };
  const checkpoint = parse(text);
  return checkpoint.api === api ? checkpoint : { ...startAgain(checkpoint), api };
}

/** The checkpoint after the service no longer accepted the cursor. */
export function startAgain({ version, api, heldMs }: DruvaCheckpoint): DruvaCheckpoint {
  const held = heldMs === undefined ? {} : { heldMs };
  return { version, api, ...held, repeating: true, gapUnchecked: heldMs !== undefined };
}

export function writeCheckpoint(checkpoint: DruvaCheckpoint): string {
  return JSON.stringify(checkpoint);
}

function parse(text: string): DruvaCheckpoint {
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = 'the stored checkpoint is not one of a Druva source of this version';
    throw new AppError('store_corrupt', message, { cause: error });
  }
}
