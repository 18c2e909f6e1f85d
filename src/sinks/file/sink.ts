import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { assertName, type Position, type StreamName } from '../../core/stream.ts';
import { localDisk, type Disk } from '../../lib/disk.ts';
import type { SinkContext, StagedSink, StagedSlice } from '../sink.ts';
import { appendStagedFile } from './append-file.ts';
import { Destinations } from './destinations.ts';
import { diskError } from './disk-error.ts';
import { newExtra } from './extra.ts';
import { isAbandoned, isStagedFor, nameEnding, stagedName } from './file-name.ts';
import { parseIntent, type Intent } from './intent.ts';
import { extraLayout, fileLayout, prepareLayout, type Layout } from './layout.ts';
import { isLeftBehind } from './left-behind.ts';
import { ManifestFile } from './manifest-file.ts';
import { moveStagedFile, syncDirectory } from './move-file.ts';
import type { FileSinkOptions } from './options.ts';
import { SinkLock } from './sink-lock.ts';
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
  return new FileSink({ name, options, extension, context, disk, extra: undefined });
}

/**
 * As `createFileSink`, for events that are written once more beside the delivery: into files whose
 * names tell so, listed in a manifest of their own. `extra` is used once: `replay-7f3a9c`.
 */
export function createExtraFileSink(
  name: string,
  options: FileSinkOptions,
  extension: string,
  context: SinkContext,
  extra: string,
): StagedSink {
  return new FileSink({ name, options, extension, context, disk: localDisk, extra });
}

interface FileSinkParts {
  readonly name: string;
  readonly options: FileSinkOptions;
  readonly extension: string;
  readonly context: SinkContext;
  readonly disk: Disk;
  /** Undefined for the delivery itself. */
  readonly extra: string | undefined;
}

interface KeptSlice {
  readonly staged: string;
  readonly slice: StagedSlice;
}

class FileSink implements StagedSink {
  readonly kind = 'staged';
  readonly name: string;
  readonly #parts: FileSinkParts;
  readonly #options: FileSinkOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #disk: Disk;
  readonly #layout: Layout;
  readonly #manifests = new Map<string, ManifestFile>();
  readonly #destinations: Destinations;
  /** Staged files whose publication has begun, so that what failed halfway is continued. */
  readonly #begun = new Set<string>();
  /** Undefined for what is written beside the delivery, which another process may be doing. */
  readonly #lock: SinkLock | undefined;
  /** What is staged and not published yet, by stream. */
  readonly #kept = new Map<StreamName, KeptSlice>();
  /** Streams whose staged file may be left over from an attempt that failed. */
  readonly #failed = new Set<StreamName>();
  #prepared = false;

  constructor(parts: FileSinkParts) {
    const { name, options, extension, context, disk, extra } = parts;
    this.name = name;
    this.#parts = parts;
    this.#options = options;
    this.#clock = context.clock;
    this.#log = context.log;
    this.#disk = disk;
    const layout = fileLayout(name, options);
    this.#layout = extra === undefined ? layout : extraLayout(layout, extra);
    this.#destinations = new Destinations({
      directory: this.#layout.directory,
      mode: options.mode,
      nameEnding: nameEnding(extension, extra),
      disk,
      log: context.log,
    });
    this.#lock = extra === undefined ? new SinkLock(layout.stagingDirectory, disk) : undefined;
  }

  async recover(stream: StreamName, intentText: string | undefined): Promise<Position> {
    const intent = intentText === undefined ? undefined : parseIntent(intentText);
    await this.#inPreparedLayout(async () => {
      if (intent) await this.#finish(intent);
      await this.#sayRepeats(stream, intent);
      await this.#discardStaged(stream);
    });
    return intent?.facts.lastPosition ?? 0;
  }

  async stage(slice: StagedSlice, signal: AbortSignal): Promise<string> {
    return this.#inPreparedLayout(() => this.#stage(slice, signal));
  }

  async publish(intentText: string): Promise<void> {
    await this.#inPreparedLayout(() => this.#publish(parseIntent(intentText)));
  }

  /** The watcher gets to see it, as it does every file; the manifest of tests says what it is. */
  async probe(test: StagedSlice, signal: AbortSignal): Promise<void> {
    const sink = new FileSink({ ...this.#parts, extra: newExtra('test') });
    await sink.publish(await sink.stage(test, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock?.[Symbol.asyncDispose]();
  }

  async #finish(intent: Intent): Promise<void> {
    const isLeft = await isLeftBehind(intent, this.#layout, this.#disk, this.#log);
    if (!isLeft) {
      await this.#makeVisible(intent);
      this.#destinations.remember(intent);
    } else if (!(await this.#disk.stat(dirname(intent.layout.manifestPath)))) return;
    await this.#manifest(intent).appendOnce(intent.facts, this.#clock.nowMs());
  }

  async #stage(slice: StagedSlice, signal: AbortSignal): Promise<string> {
    const layout = this.#layout;
    if (this.#failed.has(slice.stream)) await this.#discardStaged(slice.stream);
    const { file, offset } = await this.#destinations.of(slice, this.#clock.nowMs());
    const { extra } = this.#parts;
    const staged = stagedName(file, slice.firstPosition, extra !== undefined);
    const path = join(layout.stagingDirectory, staged);
    try {
      const digest = await this.#writeStaged(path, slice, signal);
      const facts = {
        file,
        ...sliceFacts(slice),
        ...(offset !== undefined && { offset }),
        ...digest,
        ...(extra !== undefined && { extra }),
      };
      const intent: Intent = { version: 1, mode: this.#options.mode, layout, staged, facts };
      this.#kept.set(slice.stream, { staged, slice });
      return JSON.stringify(intent);
    } catch (error) {
      await this.#disk.remove(path).catch(() => this.#failed.add(slice.stream));
      throw signal.aborted ? error : diskError(error, 'write', path);
    }
  }

  async #publish(intent: Intent): Promise<void> {
    const again = this.#begun.has(intent.staged);
    if (!again) await this.#restoreVanished(intent);
    this.#begun.add(intent.staged);
    await this.#makeVisible(intent);
    const manifest = this.#manifest(intent);
    const nowMs = this.#clock.nowMs();
    await (again ? manifest.appendOnce(intent.facts, nowMs) : manifest.append(intent.facts, nowMs));
    this.#begun.delete(intent.staged);
    this.#kept.delete(intent.facts.stream);
    this.#destinations.remember(intent);
  }

  /** What fails may have failed because somebody removed the directory: it is made again then. */
  async #inPreparedLayout<T>(act: () => Promise<T>): Promise<T> {
    await this.#prepare();
    try {
      return await act();
    } catch (error) {
      this.#prepared = false;
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    await prepareLayout(this.#layout, this.#disk);
    await this.#lock?.hold();
    this.#prepared = true;
  }

  async #writeStaged(path: string, slice: StagedSlice, signal: AbortSignal) {
    await this.#disk.remove(path);
    await using file = await this.#disk.open(path, 'new', this.#options.fileMode);
    await file.setMode(this.#options.fileMode);
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

  /** What the event store has forgotten it gives again, under positions that were published. */
  async #sayRepeats(stream: StreamName, intent: Intent | undefined): Promise<void> {
    const manifest = this.#manifest(intent ?? { layout: this.#layout });
    const publishedPosition = await manifest.lastPosition(stream);
    const position = intent?.facts.lastPosition ?? 0;
    if (publishedPosition <= position) return;
    this.#log.warn(
      { sink: this.name, stream, position, publishedPosition },
      'more was published than the event store knows of: it lost its last commits, was restored from an older copy, or the stream began anew; positions will come twice',
    );
  }

  #manifest({ layout }: Pick<Intent, 'layout'>): ManifestFile {
    const path = layout.manifestPath;
    const manifest = this.#manifests.get(path) ?? new ManifestFile(path, this.#disk);
    this.#manifests.set(path, manifest);
    return manifest;
  }

  async #discardStaged(stream: StreamName): Promise<void> {
    const { stagingDirectory } = this.#layout;
    try {
      for await (const name of this.#disk.list(stagingDirectory)) {
        if (isStagedFor(stream, name) || isAbandoned(stream, name, this.#clock.nowMs()))
          await this.#disk.remove(join(stagingDirectory, name));
      }
      this.#failed.delete(stream);
    } catch (error) {
      throw diskError(error, 'clear', stagingDirectory);
    }
  }

  /**
   * Between `stage` and the first attempt to publish only a stranger can have removed the file, maybe
   * with the directory: nobody has seen it, and it is written again.
   */
  async #restoreVanished({ staged, layout, facts }: Intent): Promise<void> {
    const kept = this.#kept.get(facts.stream);
    const path = join(layout.stagingDirectory, staged);
    try {
      if (kept?.staged !== staged || (await this.#disk.stat(path))) return;
      this.#log.error(
        { sink: this.name, file: facts.file },
        'a staged file was removed by another program before it was published; writing it again',
      );
      this.#prepared = false;
      await this.#prepare();
      await this.#writeStaged(path, kept.slice, new AbortController().signal);
    } catch (error) {
      throw diskError(error, 'write', path);
    }
  }
}
