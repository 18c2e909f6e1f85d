import { z } from 'zod';
import { AppError } from '../../core/errors.ts';

const time = z.number().int();

/*
 * What a later version adds is let pass: nodes and versions are replaced one after the other.
 */

const paceSchema = z.object({
  spanMs: z.int().min(1),
  patience: z.int().min(1),
  successes: z.int().min(0),
  isGrowing: z.boolean(),
});

const trackSchema = z
  .object({
    websiteName: z.string().optional(),
    eventType: z.enum(['Log', 'Block']).optional(),
    fromMs: time,
    doneUntilMs: time,
    pace: paceSchema,
    askedAtMs: time.optional(),
    audit: z.object({ fromMs: time, dueMs: time }).optional(),
    sweep: z.object({ doneUntilMs: time, untilMs: time }).optional(),
    search: z.object({ refusedMs: time, acceptedMs: time }).optional(),
    searched: z.literal(true).optional(),
  })
  .readonly();

const checkpointSchema = z.object({
  version: z.literal(1),
  begunMs: time.optional(),
  tracks: z.array(trackSchema).readonly(),
});

/**
 * How far collecting has come with one filter. All times are the service's.
 *
 * `fromMs`: where it began. `doneUntilMs`: every moment before it was asked for, once, after it had
 * settled; a place inside a window that had to be halved too. `askedAtMs`: what time it was when a
 * window was last answered. `pace`: how long the next window may be. `audit`: attacks that were added
 * late may be missing from `fromMs` on, to be looked for at `dueMs`. `sweep`: looking for them is
 * under way and has done everything before `doneUntilMs`.
 * `search`: the service refuses windows that begin at `refusedMs` and accepts them at `acceptedMs`.
 * `searched`: the place was found by a search and no window has been had since.
 */
export type Track = z.infer<typeof trackSchema>;

/**
 * Where collecting from AppTrana stands; one track per website that is asked for, or one for all, and
 * none before the first answer. Until then `begunMs` is the time, by our own clock, of the first start.
 */
export type ApptranaCheckpoint = Readonly<z.infer<typeof checkpointSchema>>;

/** Undefined when there is none yet. Throws `store_corrupt`. */
export function readCheckpoint(text: string | undefined): ApptranaCheckpoint | undefined {
  if (text === undefined) return undefined;
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = 'the stored checkpoint is not one of an AppTrana source of this version';
    throw new AppError('store_corrupt', message, { cause: error });
  }
}

export function writeCheckpoint(checkpoint: ApptranaCheckpoint): string {
  return JSON.stringify(checkpoint);
}
