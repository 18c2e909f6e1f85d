import { chmodSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { localDisk } from './disk.ts';

const pagesPerStep = 1024;

/**
 * Copies a SQLite database, as it is at one moment, into a new file with mode 0600, while others go on
 * writing to it. Durable when it resolves. Rejects with what SQLite throws, or with the reason of
 * `signal`; a copy that was begun is then left behind.
 */
export async function copySqliteFile(
  from: string,
  to: string,
  onProgress: (donePages: number, totalPages: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    // The copy is of what this transaction sees. Without it the copy begins anew with every write.
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await backup(source, to, {
      rate: pagesPerStep,
      progress: ({ remainingPages, totalPages }) => {
        signal.throwIfAborted();
        onProgress(totalPages - remainingPages, totalPages);
      },
    });
  } finally {
    source.close();
  }
  chmodSync(to, 0o600);
  await using file = await localDisk.open(to, 'existing', 0o600);
  await file.sync();
}
