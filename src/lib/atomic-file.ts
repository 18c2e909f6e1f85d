import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { localDisk, type Disk } from './disk.ts';

/**
 * Puts `content` at `path`, replacing what is there: a reader sees the old file or the new one, also
 * after kill -9 or power loss. Durable when it resolves. `mode` is a permission such as 0o600.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
  disk: Disk = localDisk,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeNewFile(temporary, content, mode, disk);
    await disk.rename(temporary, path);
  } catch (error) {
    await disk.remove(temporary).catch(() => {});
    throw error;
  }
  await disk.syncDirectory(dirname(path));
}

async function writeNewFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  disk: Disk,
): Promise<void> {
  await using file = await disk.open(path, 'new', mode);
  await file.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
  await file.sync();
}
