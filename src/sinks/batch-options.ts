import { z } from 'zod';
import { durationMs, sizeBytes } from '../core/quantity.ts';
import type { SliceLimits } from './sink.ts';

const mebibyte = 1024 ** 2;

/** What every direct sink is configured with: how many events it is given at once. */
export const batchOptions = {
  batchEvents: z
    .int()
    .min(1)
    .max(50_000)
    .prefault(1000)
    .describe(
      'So many events at most are sent and confirmed together; never more than 10000, which is what ' +
        'the quarantine holds.',
    ),
  batchBytes: sizeBytes
    .refine((bytes) => bytes >= 1024 && bytes <= 16 * mebibyte, 'must be 1KiB to 16MiB')
    .prefault('1MiB')
    .describe(
      'So many bytes of lines at most; a larger line goes alone. Memory use is up to six times as ' +
        'much for every stream that is behind.',
    ),
  batchEvery: durationMs
    .refine((ms) => ms >= 10 && ms <= 600_000, 'must be 10ms to 10m')
    .prefault('1s')
    .describe('A batch that is not full is sent at the latest so long after its first event.'),
};

export type BatchOptions = z.output<z.ZodObject<typeof batchOptions>>;

/** How the pipeline cuts slices for a sink with these options. */
export function batchSliceLimits(options: BatchOptions): SliceLimits {
  const { batchEvents: events, batchBytes, batchEvery: lingerMs } = options;
  return { events, sizeBytes: batchBytes, lingerMs };
}
