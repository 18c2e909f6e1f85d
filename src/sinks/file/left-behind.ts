import type { Logger } from 'pino';
import type { Disk } from '../../lib/disk.ts';
import { diskError } from './disk-error.ts';
import { stagedPath, type Intent } from './intent.ts';
import type { Layout } from './layout.ts';

/**
 * Whether the directory that an intent publishes into is gone, with nothing staged for it, since the
 * configuration names another one: then the last file was published there, and somebody has cleaned
 * up. Were it the configured directory, one would wait for it, as it may be a file system that is not
 * mounted; of another nobody can know, and that is said.
 */
export async function isLeftBehind(
  intent: Intent,
  { directory }: Layout,
  disk: Disk,
  log: Logger,
): Promise<boolean> {
  const { file, firstPosition, lastPosition, stream } = intent.facts;
  const left = intent.layout.directory;
  if (left === directory) return false;
  try {
    if ((await disk.stat(left)) || (await disk.stat(stagedPath(intent)))) return false;
  } catch (error) {
    throw diskError(error, 'look for', left);
  }
  log.warn(
    { stream, directory: left, file, firstPosition, lastPosition },
    'the directory of before is gone, so its last file counts as published; replay these positions if it never was',
  );
  return true;
}
