import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';

/** Where the embedded store lives and what it may use. */
export interface SqliteStoreOptions {
  /** Created with mode 0700 when it is not there; the store is `events.db` in it, mode 0600. */
  readonly directory: string;
  readonly clock: Clock;
  /** Told when a thread of the store fails: the program has to be started anew. */
  readonly log?: Logger;
  /** Appends that wait for their commit, in bytes of JSON; beyond it `append` rejects `overloaded`. */
  readonly queuedBytesMax?: number;
  /** How long a commit waits for another process that writes to the same file. */
  readonly busyTimeoutMs?: number;
  /** Never let the file grow beyond this; an append that would rejects with `disk_full`. */
  readonly fileBytesMax?: number;
}

export const storeFileName = 'events.db';

export const sqliteStoreDefaults = {
  queuedBytesMax: 32 * 1024 ** 2,
  busyTimeoutMs: 5000,
} as const;
