import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError, errorMessage } from '../../core/errors.ts';
import type { StreamName } from '../../core/stream.ts';
import type { Feed } from '../../feeds/feed.ts';
import { readBatch } from '../../http/ingest/read-batch.ts';
import type { Batch } from '../../http/ingest/read-batch.ts';
import type { EventStore } from '../../store/event-store.ts';
import { HintedError } from '../report-error.ts';
import { FileProgress } from './file-progress.ts';
import { countLines, wholeLines } from './whole-lines.ts';

/** An event that was imported once is not stored again within this time, from whatever file. */
const horizonMs = 30 * 86_400_000;
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
  let { offset, line } = from;
  let [appended, duplicates, skipped] = [0, 0, 0];
  for await (const chunk of wholeLines(bytesOf(input, offset))) {
    if (signal.aborted) break;
    const batch = readChunk(chunk, line, work);
    offset += chunk.length;
    line += countLines(chunk);
    const checkpoint = progress && {
      source: progress.checkpointName,
      value: await progress.checkpointFor({ offset, line }),
    };
    const result = await append(work, batch, checkpoint);
    appended += result.lastPosition - result.firstPosition + 1;
    duplicates += result.duplicates;
    skipped += batch.skipped;
    onProgress({ readBytes: offset, totalBytes, lines: line - 1 });
  }
  const lines = line - from.line;
  const resumedAtLine = from.line;
  return { appended, duplicates, skipped, lines, resumedAtLine, interrupted: signal.aborted };
}

async function openProgress(path: string, stream: StreamName): Promise<FileProgress> {
  try {
    return await FileProgress.of(path, stream);
  } catch (error) {
    const hint = "check the path and its permissions; '-' reads standard input";
    throw new HintedError('not_found', `${path} cannot be read: ${errorMessage(error)}`, hint);
  }
}

function bytesOf(input: string | Readable, offset: number): AsyncIterable<Buffer> {
  return typeof input === 'string'
    ? createReadStream(input, { start: offset, highWaterMark: 256 * 1024 })
    : input;
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
  { events }: Batch,
  checkpoint: { readonly source: string; readonly value: string } | undefined,
) {
  if (events.ids.length === 0 && checkpoint === undefined) {
    return { firstPosition: 1, lastPosition: 0, duplicates: 0 };
  }
  const deduplication = { horizonMs };
  return store.append({ stream, events, deduplication, ...(checkpoint && { checkpoint }) });
}
