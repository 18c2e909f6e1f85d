import { open, mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lockFile } from './file-lock.ts';

/**
 * The file operations on which durability depends, each one step, so that tests can fail or stop
 * the program between any two of them (`src/testing/faulty-disk.ts`). Rejects with Node's errors.
 */
export interface Disk {
  /** `new`: must not exist. `existing`: must exist. `any`: made when it is missing. */
  open(path: string, wanted: 'new' | 'existing' | 'any', mode?: number): Promise<DiskFile>;
  /** Replaces what stands at `to`. Atomic when both are on one file system. */
  rename(from: string, to: string): Promise<void>;
  /** Succeeds when there is no such file. */
  remove(path: string): Promise<void>;
  /** With its parents; succeeds when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Makes what was created, renamed or removed in the directory survive power loss. */
  syncDirectory(path: string): Promise<void>;
  /** Names in the directory, in no order. */
  list(path: string): AsyncIterable<string>;
  /** Undefined when nothing is there. */
  stat(path: string): Promise<DiskEntry | undefined>;
  /**
   * Takes the file, which is made when it is missing, for this caller alone until the result is
   * disposed or the process ends, however it does. Undefined when somebody else has it.
   */
  lock(path: string): Promise<AsyncDisposable | undefined>;
}

export interface DiskFile extends AsyncDisposable {
  /** All of the bytes, or rejects. */
  write(bytes: Uint8Array, offsetBytes: number): Promise<void>;
  /** Fewer bytes than asked for only at the end of the file. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
  truncate(sizeBytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  /** Gives it this permission, whatever the process leaves out of new files; where there are some. */
  setMode(mode: number): Promise<void>;
  /** Makes the content survive power loss. */
  sync(): Promise<void>;
}

export interface DiskEntry {
  readonly sizeBytes: number;
  /** Entries with the same number are on the same file system. */
  readonly device: number;
  readonly isDirectory: boolean;
}

const openFlags = {
  new: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  existing: constants.O_RDWR,
  any: constants.O_RDWR | constants.O_CREAT,
} as const;

/** The machine's disk. */
export const localDisk: Disk = {
  open: async (path, wanted, mode = 0o600) =>
    new LocalFile(await open(path, openFlags[wanted], mode)),
  rename,
  remove: (path) => rm(path, { force: true }),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o750 });
  },
  syncDirectory: async (path) => {
    await using directory = await open(path, 'r');
    await directory.sync();
  },
  list: async function* (path) {
    for await (const entry of await opendir(path)) yield entry.name;
  },
  stat: async (path) => {
    const found = await stat(path).catch(undefinedWhenMissing);
    if (!found) return undefined;
    return { sizeBytes: found.size, device: found.dev, isDirectory: found.isDirectory() };
  },
  lock: async (path) => {
    const lock = lockFile(path, 0);
    return lock && { [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() };
  },
};

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** There are file systems without permissions, such as those that other machines share. */
function unlessModesAreUnknown(error: NodeJS.ErrnoException): void {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(error.code ?? '')) throw error;
}

class LocalFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, offsetBytes: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        done,
        bytes.length - done,
        offsetBytes + done,
      );
      done += bytesWritten;
    }
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(lengthBytes);
    let done = 0;
    while (done < lengthBytes) {
      const { bytesRead } = await this.#handle.read(
        buffer,
        done,
        lengthBytes - done,
        offsetBytes + done,
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async setMode(mode: number): Promise<void> {
    const { mode: found } = await this.#handle.stat();
    if ((found & 0o777) !== mode) await this.#handle.chmod(mode).catch(unlessModesAreUnknown);
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
