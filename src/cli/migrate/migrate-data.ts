import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { PostgresOptions } from '../../postgres/options.ts';
import { PostgresDatabase } from '../../store/postgres/database.ts';
import { hotStatements } from '../../store/postgres/statements.ts';
import { openPostgresEventStore } from '../../store/postgres/store.ts';
import { storeFileName } from '../../store/sqlite/options.ts';
import { lockDataDirectory } from '../service/data-lock.ts';
import { homeOf } from '../service/node.ts';
import { systemClock } from '../system-clock.ts';
import { compareStream, type ComparedStream } from './compare-streams.ts';
import { EmbeddedSource } from './embedded-source.ts';
import { moveDirectory } from './move-directory.ts';
import { moveProgress } from './move-progress.ts';
import { moveStream, type Move } from './move-stream.ts';

export type MigrationProgress =
  | {
      readonly phase: 'moving' | 'comparing';
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  /** Of tenants, with all that is theirs. */
  | { readonly phase: 'moving tenants'; readonly rows: number };

export interface Migrated {
  readonly streams: readonly ComparedStream[];
  /** Undefined when there was no directory, or it was there already. */
  readonly directoryRows: number | undefined;
}

/**
 * Moves a data directory into PostgreSQL: events with their positions, checkpoints, deliveries,
 * quarantines, idempotency and seen keys, tenants with their credentials. The data directory is
 * locked meanwhile and stays as it is. May be interrupted and repeated; goes on where it was.
 */
export async function migrateData(
  directory: string,
  postgres: PostgresOptions,
  onProgress: (progress: MigrationProgress) => void,
  signal: AbortSignal,
): Promise<Migrated> {
  const file = join(directory, storeFileName);
  await access(file).catch(() => {
    throw new AppError('not_found', `there is no event store ${file}`);
  });
  using resources = new DisposableStack();
  resources.use(await lockDataDirectory(directory));
  using source = new EmbeddedSource(directory);
  await using target = await openPostgresEventStore({ ...postgres, clock: systemClock });
  await using database = new PostgresDatabase(postgres);
  const streams = source.streams();
  const totalBytes = streams.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  let doneBytes = 0;
  const move: Move = {
    source,
    database,
    sql: hotStatements(database.schema),
    origin: await homeOf(directory),
    onProgress: (bytes) => {
      doneBytes += bytes;
      onProgress({ doneBytes, totalBytes, phase: 'moving' });
    },
  };
  for (const stream of streams) await moveStream(move, stream, signal);
  await moveProgress(move);
  const directoryRows = await moveDirectory(directory, postgres, (rows) => {
    signal.throwIfAborted(); // nothing is kept of it then
    onProgress({ phase: 'moving tenants', rows });
  });
  const compared: ComparedStream[] = [];
  doneBytes = 0;
  for (const stream of streams) {
    compared.push(await compareStream(source, target, stream, signal));
    doneBytes += stream.storedBytes;
    onProgress({ doneBytes, totalBytes, phase: 'comparing' });
  }
  return { streams: compared, directoryRows };
}
