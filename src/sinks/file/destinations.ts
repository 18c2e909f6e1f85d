import { join } from 'node:path';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Disk } from '../../lib/disk.ts';
import type { StagedSlice } from '../sink.ts';
import { dailyName, publishedName } from './file-name.ts';
import type { Intent } from './intent.ts';
import type { FileSinkOptions } from './options.ts';

/** The file that a slice goes to and, when appending, the place in it. */
export interface Destination {
  readonly file: string;
  readonly offset?: number;
}

/** Where the committed part of a stream's daily file ends. */
interface CommittedEnd {
  readonly file: string;
  readonly offset: number;
}

/** Chooses files in the watched directory. */
export class Destinations {
  readonly #directory: string;
  readonly #mode: FileSinkOptions['mode'];
  readonly #nameEnding: string;
  readonly #disk: Disk;
  readonly #committedEnds = new Map<StreamName, CommittedEnd>();

  constructor(directory: string, mode: FileSinkOptions['mode'], nameEnding: string, disk: Disk) {
    this.#directory = directory;
    this.#mode = mode;
    this.#nameEnding = nameEnding;
    this.#disk = disk;
  }

  async of({ stream, firstPosition, lastPosition }: StagedSlice, nowMs: number) {
    return this.#mode === 'publish'
      ? this.#newFile(stream, nowMs, [firstPosition, lastPosition])
      : this.#dailyFile(stream, nowMs);
  }

  /** What was published: the next slice goes behind it. */
  remember({ facts }: Intent): void {
    if (facts.offset === undefined) return;
    this.#committedEnds.set(facts.stream, { file: facts.file, offset: facts.offset + facts.bytes });
  }

  /**
   * The same positions within the same second come only to who lost them with the event store's last
   * commits, or whose clock was set back: they must not wait for ever for a name that is taken.
   */
  async #newFile(
    stream: StreamName,
    nowMs: number,
    range: readonly [Position, Position],
  ): Promise<Destination> {
    for (let atMs = nowMs; ; atMs += 1000) {
      const file = publishedName(stream, atMs, range, this.#nameEnding);
      if (!(await this.#disk.stat(join(this.#directory, file)))) return { file };
    }
  }

  async #dailyFile(stream: StreamName, nowMs: number): Promise<Destination> {
    const today = dailyName(stream, nowMs, this.#nameEnding);
    const end = this.#committedEnds.get(stream);
    // A clock that was set back over midnight must not lead back to yesterday's file.
    const isCurrent = end && end.file >= today && end.file.endsWith(this.#nameEnding);
    const file = isCurrent ? end.file : today;
    const present = await this.#disk.stat(join(this.#directory, file));
    const sizeBytes = present?.sizeBytes ?? 0;
    // Shorter than what was committed: somebody moved the file away, and another one begins.
    return { file, offset: isCurrent ? Math.min(end.offset, sizeBytes) : sizeBytes };
  }
}
