import { AppError } from '../../core/errors.ts';
import type { Disk } from '../../lib/disk.ts';
import { diskError, systemCode } from './disk-error.ts';
import { publishedPath, stagedPath, type Intent } from './intent.ts';
import { differentFileSystems } from './layout.ts';

/**
 * Makes the staged file visible in one step; false when there is no staged file, which means that
 * it was published and the watcher may have taken it since.
 *
 * Never overwrites: names are not used twice, and one that is taken all the same is refused. The
 * check and the rename are two steps, between which a stranger could still create that very name;
 * `link` + `unlink` would close that door but open a worse one, as a crash between the two leaves a
 * staged file whose published twin the watcher may have taken already: it would come twice.
 */
export async function moveStagedFile(intent: Intent, disk: Disk): Promise<boolean> {
  const from = stagedPath(intent);
  const to = publishedPath(intent);
  try {
    if (!(await disk.stat(from))) return false;
    if (await disk.stat(to)) {
      throw new AppError('sink_unavailable', `${to} exists already and is not overwritten`);
    }
    await disk.rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EXDEV') throw differentFileSystems(intent.layout);
    throw diskError(error, 'publish', to);
  }
}

/** Makes the move survive power loss. */
export async function syncDirectory(path: string, disk: Disk): Promise<void> {
  try {
    await disk.syncDirectory(path);
  } catch (error) {
    throw diskError(error, 'sync', path);
  }
}
