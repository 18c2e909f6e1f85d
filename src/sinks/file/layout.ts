import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Disk } from '../../lib/disk.ts';
import { diskError } from './disk-error.ts';
import { extraManifestDirectory } from '../../core/manifest.ts';
import type { FileSinkOptions } from './options.ts';

/** Where one sink keeps what; absolute paths. */
export interface Layout {
  /** Watched. */
  readonly directory: string;
  /** This sink's own, so that sinks can share a staging directory. */
  readonly stagingDirectory: string;
  readonly manifestPath: string;
}

export function fileLayout(sinkName: string, options: FileSinkOptions): Layout {
  const directory = resolve(options.directory);
  const staging = resolve(options.stagingDirectory ?? join(directory, '.tailrace'));
  const stagingDirectory = join(staging, sinkName);
  const manifestPath = resolve(options.manifest ?? join(stagingDirectory, 'manifest.jsonl'));
  return { directory, stagingDirectory, manifestPath };
}

/**
 * As `layout`, for what is written beside the delivery: with a manifest of its own, as there may be a
 * process that delivers meanwhile, and a manifest has one writer.
 */
export function extraLayout(layout: Layout, extra: string): Layout {
  const directory = extraManifestDirectory(layout.manifestPath);
  return { ...layout, manifestPath: join(directory, `${extra}.jsonl`) };
}

/**
 * Makes the staging directory; never the watched one, which when it is missing may be a file system
 * that is not mounted. Rejects with `directory_unwritable`, `disk_full`, or `config_invalid` when
 * the two are on different file systems, between which no file can be moved in one step.
 */
export async function prepareLayout(layout: Layout, disk: Disk): Promise<void> {
  const { directory, stagingDirectory } = layout;
  try {
    const watched = await disk.stat(directory);
    if (!watched?.isDirectory) {
      throw new AppError('directory_unwritable', `no directory to publish into: ${directory}`);
    }
    await disk.makeDirectory(stagingDirectory);
    const staging = await disk.stat(stagingDirectory);
    if (staging?.device !== watched.device) throw differentFileSystems(layout);
    await disk.makeDirectory(dirname(layout.manifestPath));
    for (const parent of new Set([dirname(stagingDirectory), directory])) {
      await disk.syncDirectory(parent);
    }
  } catch (error) {
    throw diskError(error, 'prepare', stagingDirectory);
  }
}

export function differentFileSystems({ directory, stagingDirectory }: Layout): AppError {
  return new AppError(
    'config_invalid',
    `stagingDirectory must be on the file system of the watched directory: ${stagingDirectory} is not on that of ${directory}`,
  );
}
