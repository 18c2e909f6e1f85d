import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Disk } from '../../lib/disk.ts';
import type { StagedSlice } from '../sink.ts';
import { endLine } from './append-file.ts';
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

interface DestinationsParts {
  readonly directory: string;
  readonly mode: FileSinkOptions['mode'];
  readonly nameEnding: string;
  readonly disk: Disk;
  readonly log: Logger;
}

/** Chooses files in the watched directory. */
export class Destinations {
  readonly #directory: string;
  readonly #mode: FileSinkOptions['mode'];
  readonly #nameEnding: string;
  readonly #disk: Disk;
  readonly #log: Logger;
  readonly #committedEnds = new Map<StreamName, CommittedEnd>();

  constructor({ directory, mode, nameEnding, disk, log }: DestinationsParts) {
    this.#directory = directory;
    this.#mode = mode;
    this.#nameEnding = nameEnding;
    this.#disk = disk;
    this.#log = log;
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
    const path = join(this.#directory, file);
    const sizeBytes = (await this.#disk.stat(path))?.sizeBytes ?? 0;
    if (isCurrent && end.offset <= sizeBytes) return { file, offset: end.offset };
    // Nothing of it is known to be ours, or somebody moved our file away, and another one begins.
    return { file, offset: sizeBytes === 0 ? 0 : await endLine(path, this.#disk, this.#log) };
  }
}
