import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';
import { inSync } from '../feeds/insync.ts';
import type { PostgresOptions } from '../postgres/options.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { DirectoryDatabase, Reader } from './database.ts';
import type { Directory } from './directory.ts';
import { openCaches } from './fresh-cache.ts';
import { GivenMasterKey } from './given-master-key.ts';
import { settleMasterKey } from './key-rotation.ts';
import { Keyring, installationRow, unwrapInstallationKey, wrapInstallationKey } from './keyring.ts';
import { MasterKeyFile } from './master-key-file.ts';
import { keyUnavailable } from './master-key.ts';
import type { MasterKeyStore } from './master-key.ts';
import { migrate } from './migrations.ts';
import { PullRecorder } from './pull-recorder.ts';
import type { DirectoryLog } from './pull-recorder.ts';
import { randomKey } from './sealing.ts';
import { SqlDirectory } from './sql-directory.ts';
import { openSqliteDatabase } from './sqlite/sqlite-database.ts';

export interface DirectoryOptions {
  /**
   * Holds `directory.sqlite` and, unless `masterKey` is given, `master.key`. Created with mode 0700
   * when it is not there; on a local disk.
   */
  readonly folder: string;
  /** The tables are there instead of in `directory.sqlite`. */
  readonly postgres?: PostgresOptions;
  /** A master key that is kept elsewhere; otherwise a file, created at the first start. */
  readonly masterKey?: ConfiguredMasterKey;
  readonly clock: Clock;
  readonly log: DirectoryLog;
}

export interface ConfiguredMasterKey {
  /** 32 bytes in base64, as `openssl rand -base64 32` writes them, or a key file's content. */
  readonly key: Secret;
  /**
   * Under what the data may still be; it is wrapped anew with `key`. Where several processes share the
   * data, each must have both keys before the first one prefers the new one.
   */
  readonly previous?: Secret;
}

/**
 * Opens the directory in `folder`, or creates it. Throws `store_newer`, `store_corrupt` naming the
 * file, `key_unavailable` when the master key cannot be read, can be read by others or does not fit
 * the data, `directory_unwritable`, `store_unavailable`.
 */
export async function openDirectory(options: DirectoryOptions): Promise<Directory> {
  const { folder, masterKey } = options;
  const store =
    masterKey === undefined
      ? new MasterKeyFile(join(folder, 'master.key'))
      : new GivenMasterKey(masterKey.key, masterKey.previous);
  return openDirectoryWith(options, store);
}

/** As `openDirectory`, with any place for master keys. */
export async function openDirectoryWith(
  { folder, postgres, clock, log }: DirectoryOptions,
  store: MasterKeyStore,
): Promise<Directory> {
  const database = await openDatabase(folder, postgres);
  try {
    await warnIfOthersMayWrite(folder, log);
    await migrate(database);
    const parts: DirectoryParts = {
      database,
      keyring: await openKeyring(database, store),
      caches: openCaches(database),
      clock,
      categories: inSync.categories.map(({ name }) => name),
    };
    await preferMasterKey(parts);
    return new SqlDirectory(parts, new PullRecorder(database, clock, log));
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** The driver is loaded by those who need it. */
async function openDatabase(
  folder: string,
  postgres: PostgresOptions | undefined,
): Promise<DirectoryDatabase> {
  if (postgres === undefined) return openSqliteDatabase(join(folder, 'directory.sqlite'));
  const { openPostgresDatabase } = await import('./postgres/postgres-database.ts');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return openPostgresDatabase(postgres);
}

async function openKeyring(database: DirectoryDatabase, store: MasterKeyStore): Promise<Keyring> {
  await createInstallation(database, store);
  const keyring = await fittingKeyring(database, store);
  if (await store.isUnsettled()) await settleMasterKey({ database, keyring });
  return keyring;
}

async function fittingKeyring(
  database: DirectoryDatabase,
  store: MasterKeyStore,
): Promise<Keyring> {
  const row = await installationRow(database.reader);
  try {
    const master = await store.find(row.master_key_id);
    return new Keyring(store, database, master, unwrapInstallationKey(master, row, database));
  } catch (error) {
    const { master_key_id: now } = await installationRow(database.reader);
    if (now === row.master_key_id) throw error;
    return fittingKeyring(database, store); // another process has just rotated
  }
}

/** The first start: the installation's key under the first master key. */
async function createInstallation(
  database: DirectoryDatabase,
  store: MasterKeyStore,
): Promise<void> {
  if (await hasInstallation(database.reader)) return;
  await database.writer.transaction().execute(async (transaction) => {
    if (await hasInstallation(transaction)) return;
    const tenant = await transaction.selectFrom('tenant').select('id').executeTakeFirst();
    // A new key would make the sealed data of these tenants unreadable for good.
    if (tenant !== undefined) throw keyUnavailable(`${database.name} has lost its key`);
    const master = await store.first();
    const name = `installation-${randomBytes(10).toString('hex')}`;
    const wrapped_key = wrapInstallationKey(master, randomKey(), name);
    await transaction
      .insertInto('installation')
      .values({
        id: 1,
        name,
        master_key_id: master.id,
        wrapped_key,
        change_count: 0,
        audit_count: 0,
      })
      .execute();
  });
}

async function hasInstallation(connection: Reader): Promise<boolean> {
  const row = await connection.selectFrom('installation').select('id').executeTakeFirst();
  return row !== undefined;
}

/** Data under another key than the configured one is wrapped anew. */
async function preferMasterKey(parts: DirectoryParts): Promise<void> {
  const { keyring, database } = parts;
  const preferred = keyring.store.preferredKeyId;
  if (preferred === undefined) return;
  const before = await installationRow(database.reader);
  if (before.master_key_id === preferred) return;
  const next = await keyring.store.find(preferred);
  await change(parts, { name: 'system' }, async (transaction) => {
    const { id } = await keyring.rewrap(next, transaction);
    const detail = `${id} → ${next.id}`;
    const audit = { tenant: undefined, action: 'rotated the master key', detail };
    return { result: undefined, audit };
  });
  await database.scrub();
}

async function warnIfOthersMayWrite(folder: string, log: DirectoryLog): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o022) === 0) return;
  log.warn({ folder }, 'others may write to the data directory; take the permission away');
}
