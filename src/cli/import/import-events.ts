import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { AppError, errorMessage } from '../../core/errors.ts';
import { noEvents, type EventLines } from '../../core/event-lines.ts';
import type { StreamName } from '../../core/stream.ts';
import type { Feed } from '../../feeds/feed.ts';
import { readBatch } from '../../http/ingest/read-batch.ts';
import type { Batch } from '../../http/ingest/read-batch.ts';
import type { EventStore } from '../../store/event-store.ts';
import { HintedError } from '../report-error.ts';
import { FileProgress, type FilePlace } from './file-progress.ts';
import { StoredBefore } from './stored-before.ts';
import { countLines, wholeLines } from './whole-lines.ts';

/** An event that was imported once is not stored again within this time, from whatever file. */
const horizonMs = 30 * 86_400_000;
/** What is held in memory of a file at a time: about 8 MiB of lines. A pipe may take its time. */
const groupChunks = { file: 16, pipe: 1 } as const;
const batchLimits = { events: Infinity, eventBytes: 256 * 1024 };

export interface Import {
  readonly store: EventStore;
  readonly stream: StreamName;
  readonly feed: Feed;
  readonly isRecorded: (category: string) => boolean;
  /** A path, or standard input, which cannot be taken up again but is compared by event id. */
  readonly input: string | Readable;
  readonly onProgress: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly readBytes: number;
  readonly totalBytes: number | undefined;
  readonly lines: number;
}

export interface Imported {
  readonly appended: number;
  /** Left out because the stream had them. */
  readonly duplicates: number;
  /** Left out because their category is not exported. */
  readonly skipped: number;
  readonly lines: number;
  readonly resumedAtLine: number;
  readonly interrupted: boolean;
}

/**
 * Appends the events of an NDJSON file, a chunk of lines per commit; each commit also says how far
 * the file was read. Throws `input_invalid` for the first line that is not an event; what stands
 * before its chunk is stored by then.
 */
export async function importEvents(work: Import, signal: AbortSignal): Promise<Imported> {
  const { store, input, onProgress } = work;
  const progress = typeof input === 'string' ? await openProgress(input, work.stream) : undefined;
  const from = (await progress?.place(store)) ?? { offset: 0, line: 1 };
  const totalBytes = typeof input === 'string' ? (await stat(input)).size : undefined;
  const storedBefore = new StoredBefore(store, work.stream);
  let line = from.line;
  let [appended, duplicates, skipped] = [0, 0, 0];
  const chunksMax = typeof input === 'string' ? groupChunks.file : groupChunks.pipe;
  for await (const group of inGroups(readChunks(work, from, signal), chunksMax)) {
    const fresh = await storedBefore.without(
      group.map(({ events }) => events),
      signal,
    );
    for (const [index, { events, skipped: notRecorded, place }] of group.entries()) {
      if (signal.aborted) break; // also: a look that was cut short has not found everything
      const checkpoint = progress && {
        source: progress.checkpointName,
        value: await progress.checkpointFor(place),
      };
      const count = events.ids.length; // asked now: the events are given away
      const result = await append(work, fresh[index] ?? noEvents, checkpoint);
      storedBefore.appended(result.firstPosition, result.lastPosition);
      const isNew = result.lastPosition - result.firstPosition + 1;
      appended += isNew;
      duplicates += count - isNew;
      skipped += notRecorded;
      line = place.line;
      onProgress({ readBytes: place.offset, totalBytes, lines: line - 1 });
    }
  }
  const lines = line - from.line;
  const resumedAtLine = from.line;
  return { appended, duplicates, skipped, lines, resumedAtLine, interrupted: signal.aborted };
}

/** Some lines that become one commit. */
interface Chunk extends Batch {
  /** Where the file goes on behind them. */
  readonly place: FilePlace;
}

async function* readChunks(
  work: Import,
  from: FilePlace,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  let { offset, line } = from;
  for await (const bytes of wholeLines(bytesOf(work.input, offset, signal))) {
    if (signal.aborted) return;
    const batch = readChunk(bytes, line, work);
    offset += bytes.length;
    line += countLines(bytes);
    yield { ...batch, place: { offset, line } };
  }
}

/** Several chunks at a time, so that the stream is searched seldom; those before an error come first. */
async function* inGroups(
  chunks: AsyncIterable<Chunk>,
  chunksMax: number,
): AsyncGenerator<readonly Chunk[]> {
  let group: Chunk[] = [];
  try {
    for await (const chunk of chunks) {
      group.push(chunk);
      if (group.length < chunksMax) continue;
      yield group;
      group = [];
    }
  } catch (error) {
    if (group.length > 0) yield group;
    throw error;
  }
  if (group.length > 0) yield group;
}

async function openProgress(path: string, stream: StreamName): Promise<FileProgress> {
  try {
    return await FileProgress.of(path, stream);
  } catch (error) {
    const hint = "check the path and its permissions; '-' reads standard input";
    throw new HintedError('not_found', `${path} cannot be read: ${errorMessage(error)}`, hint);
  }
}

/** Ends with an abort, also while nothing comes. */
async function* bytesOf(
  input: string | Readable,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const readable =
    typeof input === 'string'
      ? createReadStream(input, { start: offset, highWaterMark: 256 * 1024 })
      : input;
  try {
    yield* addAbortSignal(signal, readable);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function readChunk(chunk: Buffer, firstLine: number, { feed, isRecorded }: Import): Batch {
  try {
    return readBatch(chunk, feed, isRecorded, batchLimits);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const message = error.message.replace(
      /^line (\d+)/,
      (_, number: string) => `line ${firstLine + Number(number) - 1}`,
    );
    throw new HintedError(
      error.code,
      message,
      `correct the line and repeat the command; what stands before line ${firstLine} is stored and not stored again`,
    );
  }
}

async function append(
  { store, stream }: Import,
  events: EventLines,
  checkpoint: { readonly source: string; readonly value: string } | undefined,
) {
  if (events.ids.length === 0 && checkpoint === undefined) {
    return { firstPosition: 1, lastPosition: 0, duplicates: 0 };
  }
  const deduplication = { horizonMs };
  return store.append({ stream, events, deduplication, ...(checkpoint && { checkpoint }) });
}
