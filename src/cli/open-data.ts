import { pino } from 'pino';
import type { Logger } from 'pino';
import { secretReader } from '../config/secret-reader.ts';
import type { SecretReference } from '../core/secret.ts';
import type { Directory } from '../directory/directory.ts';
import type { EventStore } from '../store/event-store.ts';
import type { DataLocation } from './data-location.ts';
import { systemClock } from './system-clock.ts';

const quiet = pino({ level: 'silent' });

/** The event store that a location names; other processes may have it open too. */
export async function openDataStore(
  { directory, postgres }: DataLocation,
  log: Logger = quiet,
): Promise<EventStore> {
  if (postgres !== undefined) {
    const { openPostgresEventStore } = await import('../store/postgres/store.ts');
    return openPostgresEventStore({ ...postgres, clock: systemClock, log });
  }
  const { openSqliteEventStore } = await import('../store/sqlite/store.ts');
  return openSqliteEventStore({ directory, clock: systemClock, log });
}

/** Tenants, credentials and settings of a location; other processes may have it open too. */
export async function openDataDirectory(
  location: DataLocation,
  environment: NodeJS.ProcessEnv,
  log: Logger = quiet,
): Promise<Directory> {
  const { openDirectory } = await import('../directory/open-directory.ts');
  const readSecret = secretReader(environment);
  const read = async (reference: SecretReference | undefined) =>
    reference === undefined ? undefined : readSecret(reference);
  const key = await read(location.masterKey);
  const previous = await read(location.previousMasterKey);
  return openDirectory({
    folder: location.directory,
    ...(location.postgres && { postgres: location.postgres }),
    clock: systemClock,
    log,
    ...(key && { masterKey: { key, ...(previous && { previous }) } }),
  });
}
