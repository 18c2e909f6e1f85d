import { z } from 'zod';
import { filePath } from '../../core/file-path.ts';
import { durationMs, sizeBytes } from '../../core/quantity.ts';
import type { SliceLimits } from '../sink.ts';

const mebibyte = 1024 ** 2;

/** How a file sink is configured. */
export const fileSinkOptions = z
  .strictObject({
    type: z.literal('file'),
    directory: filePath.describe(
      'The directory that the SIEM watches. It must exist and be writable.',
    ),
    mode: z
      .enum(['publish', 'append'])
      .prefault('publish')
      .describe(
        '`publish` drops complete files into the directory, which every watcher reads exactly once. ' +
          '`append` writes to one file per UTC day, for watchers that tail; after power loss (not ' +
          'after a crash) such a watcher may read a few lines again.',
      ),
    rollEvery: durationMs
      .refine((ms) => ms >= 10 && ms <= 3_600_000, 'must be 10ms to 1h')
      .prefault('5s')
      .describe('A file is closed at the latest so long after its first event.'),
    rollBytes: sizeBytes
      .refine((bytes) => bytes >= 1024 && bytes <= 64 * mebibyte, 'must be 1KiB to 64MiB')
      .prefault('8MiB')
      .describe('A file is closed at this size. Memory use is about six times as much.'),
    rollEvents: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('A file is closed at this many events.'),
    minBytes: sizeBytes
      .optional()
      .describe(
        'A smaller file is held back until more events come, for watchers that ignore small files ' +
          '(Filebeat by default those up to 1,024 bytes). Lines are never padded.',
      ),
    minBytesWait: durationMs
      .refine((ms) => ms <= 7 * 86_400_000, 'must be at most 7d')
      .prefault('10m')
      .describe('How long a file below `minBytes` is held back; then it is published as it is.'),
    fileMode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'an octal permission in quotes, such as "0640"')
      .prefault('0640')
      .transform((octal) => Number.parseInt(octal, 8))
      .describe('Permission of published files, octal, in quotes.'),
    stagingDirectory: filePath
      .optional()
      .describe(
        'Where files are written before they are published: on the same file system as `directory` ' +
          'and not read by the watcher. Default: the hidden `.tailrace` in `directory`; choose ' +
          'another for watchers that descend into hidden directories.',
      ),
    manifest: filePath
      .optional()
      .describe(
        'The file that lists what was published, for `tailrace verify`. One sink only may write ' +
          "it. Default: `manifest.jsonl` in the sink's part of the staging directory.",
      ),
  })
  .refine((options) => (options.minBytes ?? 0) <= options.rollBytes, {
    message: 'must not be larger than rollBytes',
    path: ['minBytes'],
  });

export type FileSinkOptions = z.output<typeof fileSinkOptions>;

/** How the pipeline cuts slices for a sink with these options. */
export function fileSliceLimits(options: FileSinkOptions): SliceLimits {
  return {
    events: options.rollEvents ?? 1_000_000,
    sizeBytes: options.rollBytes,
    lingerMs: options.rollEvery,
    ...(options.minBytes !== undefined && {
      small: {
        belowBytes: options.minBytes,
        lingerMs: Math.max(options.minBytesWait, options.rollEvery),
      },
    }),
  };
}
