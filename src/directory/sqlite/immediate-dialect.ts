import { setTimeout as pause } from 'node:timers/promises';
import { CompiledQuery, SqliteDialect, SqliteDriver } from 'kysely';
import type { DatabaseConnection, Driver, SqliteDialectConfig } from 'kysely';
import { isBusy } from './sqlite-error.ts';

const lockWaitMsMax = 5_000;
const pauseMsMax = 50;

/**
 * kysely's SQLite dialect with transactions that take the write lock at their beginning: what they
 * read stays true until they commit. While another process has the lock they wait without blocking
 * the event loop, at most about 5 s, and then reject with `store_unavailable`.
 */
export class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config);
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await whenNotBusy(() => connection.executeQuery(CompiledQuery.raw('begin immediate')));
  }
}

/** Tries again while somebody else holds the lock. Waits real time: the other one is not simulated. */
export async function whenNotBusy(
  attempt: () => unknown,
  waitMsMax = lockWaitMsMax,
): Promise<void> {
  let waitedMs = 0;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isBusy(error) || waitedMs >= waitMsMax) throw error;
      await pause(pauseMs);
      waitedMs += pauseMs;
    }
  }
}
