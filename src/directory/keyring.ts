import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { DirectoryDatabase, Reader, Writer } from './database.ts';
import { keyUnavailable } from './master-key.ts';
import type { MasterKey, MasterKeyStore } from './master-key.ts';
import { deriveKey, randomKey, seal, unseal } from './sealing.ts';
import type { Binding } from './sealing.ts';

/** The keys of one tenant, each for one use. */
export interface TenantKeys {
  readonly sealing: KeyObject;
  readonly cursor: KeyObject;
  /** Signs authorization codes. */
  readonly code: KeyObject;
  /** Connectors' access tokens are derived from it. */
  readonly connectorToken: KeyObject;
}

/**
 * The keys behind the directory. The master key wraps the installation's key, from which the lookup
 * key is derived, and one random key per tenant (inSync's *ekey*). Rotation changes the wrapping
 * only. Everything that is kept in memory can be had again from the data and the master key.
 */
export class Keyring {
  readonly store: MasterKeyStore;
  readonly #database: DirectoryDatabase;
  /** Under it credentials are looked up; the same for the life of the installation. */
  readonly lookupKey: KeyObject;
  /** Seals second factors, which belong to a person and not to a tenant. */
  readonly personKey: KeyObject;
  /** Signs the console's cookies. */
  readonly consoleKey: KeyObject;
  #master: MasterKey;

  constructor(
    store: MasterKeyStore,
    database: DirectoryDatabase,
    master: MasterKey,
    installationKey: KeyObject,
  ) {
    this.store = store;
    this.#database = database;
    this.#master = master;
    this.lookupKey = deriveKey(installationKey, 'credential lookup');
    this.personKey = deriveKey(installationKey, 'second factor sealing');
    this.consoleKey = deriveKey(installationKey, 'console cookie signing');
  }

  /** Undefined when there is no such tenant. */
  async tenantKeys(tenant: string, connection: Reader): Promise<TenantKeys | undefined> {
    const row = await connection
      .selectFrom('tenant')
      .innerJoin('installation', (join) => join.on('installation.id', '=', 1))
      .select(['tenant.wrapped_key', 'installation.master_key_id'])
      .where('tenant.id', '=', tenant)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const master = await this.#masterKey(row.master_key_id);
    const key = this.#unwrap(master, row.wrapped_key, tenantBinding(tenant), `tenant ${tenant}`);
    return {
      sealing: deriveKey(key, 'token sealing'),
      cursor: deriveKey(key, 'cursor signing'),
      code: deriveKey(key, 'authorization code signing'),
      connectorToken: deriveKey(key, 'connector access tokens'),
    };
  }

  /** A new tenant's key, wrapped. */
  async newTenantKey(tenant: string, transaction: Writer): Promise<string> {
    const { master_key_id } = await installationRow(transaction);
    const master = await this.#masterKey(master_key_id);
    return wrap(master, randomKey(), tenantBinding(tenant));
  }

  /** Wraps every key anew under `next`. Whoever calls it holds the write lock. */
  async rewrap(next: MasterKey, transaction: Writer): Promise<MasterKey> {
    const { name, master_key_id, wrapped_key } = await installationRow(transaction);
    const present = await this.#masterKey(master_key_id);
    const tenants = await transaction.selectFrom('tenant').select(['id', 'wrapped_key']).execute();
    for (const { id, wrapped_key: wrapped } of tenants) {
      const key = this.#unwrap(present, wrapped, tenantBinding(id), `tenant ${id}`);
      await transaction
        .updateTable('tenant')
        .set({ wrapped_key: wrap(next, key, tenantBinding(id)) })
        .where('id', '=', id)
        .execute();
    }
    const key = this.#unwrap(present, wrapped_key, installationBinding(name), 'the installation');
    await transaction
      .updateTable('installation')
      .set({ master_key_id: next.id, wrapped_key: wrap(next, key, installationBinding(name)) })
      .execute();
    return present;
  }

  /** The data says which key it is under; another process may have rotated since the last look. */
  async #masterKey(keyId: string): Promise<MasterKey> {
    if (this.#master.id !== keyId) this.#master = await this.store.find(keyId);
    return this.#master;
  }

  #unwrap(master: MasterKey, wrapped: string, binding: Binding, whose: string): KeyObject {
    return unwrap(master, wrapped, binding, `${this.#database.name}: the key of ${whose}`);
  }
}

/** The installation's own key, wrapped: opening it proves that a master key fits the data. */
export function wrapInstallationKey(master: MasterKey, key: KeyObject, name: string): string {
  return wrap(master, key, installationBinding(name));
}

/** Throws `store_corrupt` when the wrapped key is damaged. */
export function unwrapInstallationKey(
  master: MasterKey,
  row: { readonly name: string; readonly wrapped_key: string },
  database: DirectoryDatabase,
): KeyObject {
  const what = `${database.name}: the key of the installation`;
  return unwrap(master, row.wrapped_key, installationBinding(row.name), what);
}

/** Throws `key_unavailable` when the row that the keys hang on is gone. */
export async function installationRow(connection: Reader): Promise<{
  readonly name: string;
  readonly master_key_id: string;
  readonly wrapped_key: string;
}> {
  const row = await connection.selectFrom('installation').selectAll().executeTakeFirst();
  if (row === undefined) throw keyUnavailable('the directory has lost the row that holds its key');
  return row;
}

function wrap(master: MasterKey, key: KeyObject, binding: Binding): string {
  return seal(master.key, key.export(), binding);
}

function unwrap(master: MasterKey, wrapped: string, binding: Binding, what: string): KeyObject {
  const bytes = unseal(master.key, wrapped, binding);
  if (bytes !== undefined) return createSecretKey(bytes);
  throw new AppError(
    'store_corrupt',
    `${what} does not open under the master key ${master.id}, whose id it names: it was altered`,
  );
}

function installationBinding(name: string): Binding {
  return { purpose: 'installation key', owner: [name] };
}

function tenantBinding(tenant: string): Binding {
  return { purpose: 'tenant key', owner: [tenant] };
}
