import type { Logger } from 'pino';
import { AppError } from '../../core/errors.ts';
import type { Disk, DiskFile } from '../../lib/disk.ts';
import { diskError } from './disk-error.ts';
import { publishedPath, stagedPath, type Intent } from './intent.ts';

const chunkBytes = 1024 * 1024;
const lineFeed = 0x0a;

/**
 * Appends the staged lines to the file that the watcher tails and makes them durable; false when
 * nothing is staged, which means that they stand there already. What an interrupted attempt has
 * written is kept and continued: the file never shrinks below bytes that a tailer may have read,
 * except when power loss left other bytes there.
 */
export async function appendStagedFile(
  intent: Intent,
  fileMode: number,
  disk: Disk,
  log: Logger,
): Promise<boolean> {
  const from = stagedPath(intent);
  const to = publishedPath(intent);
  try {
    if (!(await disk.stat(from))) return false;
    await using staged = await disk.open(from, 'existing');
    await using file = await disk.open(to, 'any', fileMode);
    if ((await file.sizeBytes()) === 0) await file.setMode(fileMode);
    const begin = await beginningOf(intent, file);
    const present = await commonBytes(staged, file, begin);
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes > begin + present) {
      if (begin !== intent.facts.offset) throw changedByOthers(to);
      log.warn({ file: to, sizeBytes, keptBytes: begin + present }, 'cut off uncommitted bytes');
      await file.truncate(begin + present);
    }
    await copyLines(staged, file, begin, present);
    await file.sync();
    return true;
  } catch (error) {
    throw diskError(error, 'append to', to);
  }
}

/**
 * Where the next line of a file begins whose end nobody knows of. Half a line, as an attempt leaves it
 * that the event store has forgotten, is ended first: what is glued to it nobody could read.
 */
export async function endLine(path: string, disk: Disk, log: Logger): Promise<number> {
  try {
    await using file = await disk.open(path, 'existing');
    const sizeBytes = await file.sizeBytes();
    const [last = lineFeed] = await file.read(Math.max(0, sizeBytes - 1), 1);
    if (last === lineFeed) return sizeBytes;
    log.warn({ file: path, sizeBytes }, 'the file ends with half a line, which is left as it is');
    await file.write(Buffer.of(lineFeed), sizeBytes);
    // Before anybody counts on it: else a file that lost it again would look like a stranger's.
    await file.sync();
    return sizeBytes + 1;
  } catch (error) {
    throw diskError(error, 'append to', path);
  }
}

/** Where the lines go: behind the committed ones, or at 0 in a file that somebody else began anew. */
async function beginningOf({ facts }: Intent, file: DiskFile): Promise<number> {
  const offset = facts.offset ?? 0;
  return (await file.sizeBytes()) < offset ? 0 : offset;
}

/** How many bytes of `staged` stand in `file` already, from `begin` on. */
async function commonBytes(staged: DiskFile, file: DiskFile, begin: number): Promise<number> {
  for (let done = 0; ; done += chunkBytes) {
    const ours = await staged.read(done, chunkBytes);
    const theirs = await file.read(begin + done, ours.length);
    const same = commonPrefix(ours, theirs);
    if (same < ours.length || ours.length < chunkBytes) return done + same;
  }
}

function commonPrefix(left: Buffer, right: Buffer): number {
  if (left.equals(right)) return left.length;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return index;
  return length;
}

/** Whole lines per write, so that a tailer meets no half line for longer than a write takes. */
async function copyLines(
  staged: DiskFile,
  file: DiskFile,
  begin: number,
  present: number,
): Promise<void> {
  for (let done = present; ;) {
    const chunk = await staged.read(done, chunkBytes);
    if (chunk.length === 0) return;
    const end = chunk.lastIndexOf(lineFeed) + 1 || chunk.length;
    await file.write(chunk.subarray(0, end), begin + done);
    done += end;
  }
}

function changedByOthers(path: string): AppError {
  return new AppError(
    'sink_unavailable',
    `${path} was shortened or replaced by another program; move it away, and leave rotation to Tailrace`,
  );
}
