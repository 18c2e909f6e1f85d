import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Disk } from '../../lib/disk.ts';
import { diskError } from './disk-error.ts';

const lockName = 'lock';

/**
 * Makes this sink the only one that stages in a directory: what it finds there at its start it
 * discards, so two would take each other's files away. The system drops the lock with the process.
 */
export class SinkLock implements AsyncDisposable {
  readonly #path: string;
  readonly #directory: string;
  readonly #disk: Disk;
  #held: AsyncDisposable | undefined;
  #taking: Promise<void> | undefined;

  constructor(stagingDirectory: string, disk: Disk) {
    this.#path = join(stagingDirectory, lockName);
    this.#directory = stagingDirectory;
    this.#disk = disk;
  }

  /** Rejects with `directory_locked` while another process has it. */
  async hold(): Promise<void> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    await this.#taking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held?.[Symbol.asyncDispose]();
    this.#held = undefined;
  }

  async #take(): Promise<void> {
    try {
      // Somebody may have removed the directory, and the lock with it.
      if (this.#held !== undefined && (await this.#disk.stat(this.#path))) return;
      await this[Symbol.asyncDispose]();
      this.#held = await this.#disk.lock(this.#path);
    } catch (error) {
      throw diskError(error, 'lock', this.#path);
    }
    if (this.#held !== undefined) return;
    const message = `another process publishes under this sink's name; it stages in ${this.#directory}`;
    throw new AppError('directory_locked', message);
  }
}
