import type { DatabaseSync } from 'node:sqlite';
import { join, resolve } from 'node:path';
import type { Position, StreamName } from '../../core/stream.ts';
import type { RefusedEvent } from '../../store/event-store.ts';
import { segmentContent, type SegmentContent } from '../../store/segment.ts';
import { openDatabase } from '../../store/sqlite/database.ts';
import { sqliteStoreDefaults, storeFileName } from '../../store/sqlite/options.ts';
import { ProgressTable } from '../../store/sqlite/progress-table.ts';
import { QuarantineTable } from '../../store/sqlite/quarantine-table.ts';
import { prepareQuery } from '../../store/sqlite/query.ts';
import { SeenRunTable, type SeenRun } from '../../store/sqlite/seen-run-table.ts';
import { SegmentTable } from '../../store/sqlite/segment-table.ts';
import { StreamTable, type StreamRow } from '../../store/sqlite/stream-table.ts';
import type { SeenEntries } from '../../store/seen-entries.ts';

export interface MovedSegment {
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly appendedMs: number;
  readonly blockBytes: number;
  readonly content: SegmentContent;
}

export interface MovedAnswer {
  readonly key: string;
  readonly digest: string;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly duplicates: number;
  readonly expiresAtMs: number;
}

/** An embedded store that nobody writes to, row by row. Every read checks its checksum. */
export class EmbeddedSource implements Disposable {
  readonly #database: DatabaseSync;
  readonly #streams: StreamTable;
  readonly #segments: SegmentTable;
  readonly #seen: SeenRunTable;
  readonly #progress: ProgressTable;

  constructor(directory: string) {
    const file = join(resolve(directory), storeFileName);
    const { busyTimeoutMs } = sqliteStoreDefaults;
    this.#database = openDatabase({ file, busyTimeoutMs, fileBytesMax: undefined });
    this.#streams = new StreamTable(this.#database);
    this.#segments = new SegmentTable(this.#database);
    this.#seen = new SeenRunTable(this.#database);
    this.#progress = new ProgressTable(this.#database);
  }

  streams(): readonly StreamRow[] {
    return this.#streams.all();
  }

  /** The segments from the one that holds `position` on, at least one and up to so many bytes. */
  segmentsFrom(stream: StreamRow, position: Position, bytesMax: number): readonly MovedSegment[] {
    const found: MovedSegment[] = [];
    let [next, bytes] = [position, 0];
    while (next <= stream.headPosition && bytes < bytesMax) {
      const row = this.#segments.at(stream, next);
      const content = segmentContent(this.#segments.open(stream, row));
      const { firstPosition, lastPosition, appendedMs, blockBytes } = row;
      found.push({ firstPosition, lastPosition, appendedMs, blockBytes, content });
      next = lastPosition + 1;
      bytes += row.ndjsonBytes;
    }
    return found;
  }

  answers({ id }: StreamRow): readonly MovedAnswer[] {
    return prepareQuery<MovedAnswer>(
      this.#database,
      /* sql */ `select key, digest, first_position as firstPosition, last_position as lastPosition,
        duplicates, expires_at_ms as expiresAtMs from idempotency where stream_id = ?`,
    ).all(id);
  }

  seenRuns({ id }: StreamRow): readonly SeenRun[] {
    return this.#seen.ofStream(id);
  }

  seenEntries(run: SeenRun): readonly SeenEntries[] {
    return this.#seen.entriesOf(run);
  }

  checkpoints() {
    const rows = prepareQuery<{ source: string; stream: StreamName | null }>(
      this.#database,
      'select source, stream from checkpoint order by source',
    ).all();
    return rows.map(({ source, stream }) => ({
      source,
      stream,
      value: this.#progress.checkpoint(source) ?? '',
    }));
  }

  deliveries() {
    return this.#progress.deliveries();
  }

  /** What a sink's quarantine holds, by stream. */
  quarantine(): ReadonlyMap<string, readonly RefusedEvent[]> {
    const table = new QuarantineTable(this.#database);
    const sums = table.sums();
    return new Map(
      sums.map(({ sink, stream, events }) => {
        const place = { stream, position: 0 };
        const held = table.after(sink, place, events);
        return [`${sink} ${stream}`, held.filter((event) => event.stream === stream)];
      }),
    );
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
