import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { assertName, type StreamName } from '../../core/stream.ts';
import { localDisk, type Disk } from '../../lib/disk.ts';
import type { SinkContext, StagedSink, StagedSlice } from '../sink.ts';
import { appendStagedFile } from './append-file.ts';
import { diskError } from './disk-error.ts';
import { dailyName, isStagedFor, publishedName, stagedName } from './file-name.ts';
import { parseIntent, type Intent } from './intent.ts';
import { fileLayout, prepareLayout, type Layout } from './layout.ts';
import { ManifestFile } from './manifest-file.ts';
import { moveStagedFile, syncDirectory } from './move-file.ts';
import type { FileSinkOptions } from './options.ts';
import { sliceFacts, writeSlice } from './slice-file.ts';

/**
 * Publishes slices as files into a watched directory, each event exactly once (promise 4).
 * `extension` without its dot: `cef`, `log`, `json`.
 *
 * | step      | `publish`                          | `append`                                   |
 * |-----------|------------------------------------|--------------------------------------------|
 * | `stage`   | write a hidden file, sync it       | the same                                   |
 * | (commit)  | the pipeline commits the intent    | the same                                   |
 * | `publish` | rename it into the directory, sync | append it at the intended offset, sync,    |
 * |           | the directory, add to the manifest | remove the hidden file, add to the manifest |
 *
 * A crash before the commit leaves a hidden file that `recover` discards; after it, one that
 * `recover` publishes, or none, when that has happened already.
 */
export function createFileSink(
  name: string,
  options: FileSinkOptions,
  extension: string,
  context: SinkContext,
  disk: Disk = localDisk,
): StagedSink {
  assertName('sink', name);
  if (!/^[a-z0-9]{1,16}$/.test(extension)) {
    throw new AppError(
      'argument_invalid',
      `file extension must be letters and digits, got ${extension}`,
    );
  }
  return new FileSink(name, options, extension, context, disk);
}

/** Where the committed part of a stream's daily file ends. */
interface CommittedEnd {
  readonly file: string;
  readonly offset: number;
}

class FileSink implements StagedSink {
  readonly kind = 'staged';
  readonly name: string;
  readonly #options: FileSinkOptions;
  readonly #extension: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #disk: Disk;
  readonly #layout: Layout;
  readonly #manifests = new Map<string, ManifestFile>();
  readonly #committedEnds = new Map<StreamName, CommittedEnd>();
  /** Staged files whose publication has begun, so that what failed halfway is continued. */
  readonly #begun = new Set<string>();
  #prepared = false;

  constructor(
    name: string,
    options: FileSinkOptions,
    extension: string,
    context: SinkContext,
    disk: Disk,
  ) {
    this.name = name;
    this.#options = options;
    this.#extension = extension;
    this.#clock = context.clock;
    this.#log = context.log;
    this.#disk = disk;
    this.#layout = fileLayout(name, options);
  }

  async recover(stream: StreamName, intentText: string | undefined): Promise<void> {
    await this.#prepare();
    if (intentText !== undefined) {
      const intent = parseIntent(intentText);
      await this.#makeVisible(intent);
      await this.#manifest(intent).appendOnce(intent.facts, this.#clock.nowMs());
      this.#rememberEnd(intent);
    }
    await this.#discardStaged(stream);
  }

  async stage(slice: StagedSlice, signal: AbortSignal): Promise<string> {
    const layout = this.#layout;
    await this.#prepare();
    const { file, offset } = await this.#destination(slice);
    const staged = stagedName(file, slice.firstPosition);
    const path = join(layout.stagingDirectory, staged);
    try {
      const digest = await this.#writeStaged(path, slice, signal);
      const facts = {
        file,
        ...sliceFacts(slice),
        ...(offset !== undefined && { offset }),
        ...digest,
      };
      const intent: Intent = { version: 1, mode: this.#options.mode, layout, staged, facts };
      return JSON.stringify(intent);
    } catch (error) {
      this.#prepared = false;
      await this.#disk.remove(path).catch(() => {});
      throw signal.aborted ? error : diskError(error, 'write', path);
    }
  }

  async publish(intentText: string): Promise<void> {
    const intent = parseIntent(intentText);
    const again = this.#begun.has(intent.staged);
    this.#begun.add(intent.staged);
    const found = await this.#makeVisible(intent);
    if (!found && !again) this.#reportVanished(intent);
    const manifest = this.#manifest(intent);
    const nowMs = this.#clock.nowMs();
    await (again ? manifest.appendOnce(intent.facts, nowMs) : manifest.append(intent.facts, nowMs));
    this.#begun.delete(intent.staged);
    this.#rememberEnd(intent);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    await prepareLayout(this.#layout, this.#disk);
    this.#prepared = true;
  }

  /** The file that the slice goes to and, when appending, the place in it. */
  async #destination(slice: StagedSlice): Promise<{ file: string; offset?: number }> {
    const { stream, firstPosition, lastPosition } = slice;
    const nowMs = this.#clock.nowMs();
    if (this.#options.mode === 'publish') {
      const range = [firstPosition, lastPosition] as const;
      return { file: publishedName(stream, nowMs, range, this.#extension) };
    }
    const today = dailyName(stream, nowMs, this.#extension);
    const end = this.#committedEnds.get(stream);
    // A clock that was set back over midnight must not lead back to yesterday's file.
    const isCurrent = end && end.file >= today && end.file.endsWith(`.${this.#extension}`);
    const file = isCurrent ? end.file : today;
    const present = await this.#disk.stat(join(this.#layout.directory, file));
    const sizeBytes = present?.sizeBytes ?? 0;
    // Shorter than what was committed: somebody moved the file away, and another one begins.
    return { file, offset: isCurrent ? Math.min(end.offset, sizeBytes) : sizeBytes };
  }

  async #writeStaged(path: string, slice: StagedSlice, signal: AbortSignal) {
    await this.#disk.remove(path);
    await using file = await this.#disk.open(path, 'new', this.#options.fileMode);
    const digest = await writeSlice(file, slice, signal);
    await file.sync();
    // The name must be durable too before the intent is: a lost file would count as published.
    await this.#disk.syncDirectory(this.#layout.stagingDirectory);
    return digest;
  }

  /** False when nothing was staged: it is visible already. */
  async #makeVisible(intent: Intent): Promise<boolean> {
    const { directory, stagingDirectory } = intent.layout;
    const path = join(stagingDirectory, intent.staged);
    if (intent.mode === 'publish') {
      const moved = await moveStagedFile(intent, this.#disk);
      await syncDirectory(directory, this.#disk);
      return moved;
    }
    const appended = await appendStagedFile(intent, this.#options.fileMode, this.#disk, this.#log);
    await syncDirectory(directory, this.#disk);
    await this.#disk.remove(path).catch((error: unknown) => {
      throw diskError(error, 'remove', path);
    });
    return appended;
  }

  #rememberEnd({ facts }: Intent): void {
    if (facts.offset === undefined) return;
    this.#committedEnds.set(facts.stream, { file: facts.file, offset: facts.offset + facts.bytes });
  }

  #manifest({ layout }: Intent): ManifestFile {
    const path = layout.manifestPath;
    const manifest = this.#manifests.get(path) ?? new ManifestFile(path, this.#disk);
    this.#manifests.set(path, manifest);
    return manifest;
  }

  async #discardStaged(stream: StreamName): Promise<void> {
    const { stagingDirectory } = this.#layout;
    try {
      for await (const name of this.#disk.list(stagingDirectory)) {
        if (isStagedFor(stream, name)) await this.#disk.remove(join(stagingDirectory, name));
      }
    } catch (error) {
      throw diskError(error, 'clear', stagingDirectory);
    }
  }

  /** Between `stage` and `publish` of one process nobody but a stranger can have removed the file. */
  #reportVanished({ facts }: Intent): void {
    const { file, stream, firstPosition, lastPosition } = facts;
    this.#log.error(
      { sink: this.name, file, stream, firstPosition, lastPosition },
      'a staged file was removed by another program before it was published',
    );
  }
}
