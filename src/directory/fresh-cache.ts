import type { KnownCredential } from './authentication.ts';
import type { KnownConnector } from './connector-authentication.ts';
import type { EnabledConnector } from './connector.ts';
import type { DirectoryDatabase } from './database.ts';
import type { ExportSettings, Tenant } from './directory.ts';
import type { TenantKeys } from './keyring.ts';

const entriesMax = 20_000;

/**
 * Keeps what was read until anybody changes the directory: a hit costs one look at the engine's
 * change stamp. When the stamp has moved, the directory's own count of changes says whether it was
 * more than an audit entry.
 */
export class FreshCache<Value extends object> {
  readonly #database: DirectoryDatabase;
  readonly #entries = new Map<string, Value>();
  #stamp: number | undefined;
  #changeCount: number | undefined;
  /** Grows when the entries are dropped, so that a value read before is not kept after. */
  #generation = 0;

  constructor(database: DirectoryDatabase) {
    this.#database = database;
  }

  /** The value of `load`, which is called again after any change. Undefined is not kept. */
  async read(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const stamp = this.#database.changeStamp();
    if (stamp === undefined || stamp !== this.#stamp) await this.#catchUp(stamp);
    const kept = this.#entries.get(key);
    if (kept !== undefined) return kept;
    const generation = this.#generation;
    const value = await load();
    if (value !== undefined && generation === this.#generation) {
      if (this.#entries.size >= entriesMax) this.#entries.clear();
      this.#entries.set(key, value);
    }
    return value;
  }

  async #catchUp(stamp: number | undefined): Promise<void> {
    const row = await this.#database.reader
      .selectFrom('installation')
      .select('change_count')
      .executeTakeFirst();
    if (row?.change_count !== this.#changeCount) {
      this.#entries.clear();
      this.#generation += 1;
    }
    // The count was read after the stamp, so it is at least as new.
    this.#changeCount = row?.change_count;
    this.#stamp = stamp;
  }
}

/** What is asked on every pull. */
export interface Caches {
  /** By lookup, which says the kind of credential too. */
  readonly credentials: FreshCache<KnownCredential>;
  /** By the tenant's id, like the next two. */
  readonly tenants: FreshCache<Tenant>;
  readonly settings: FreshCache<ExportSettings>;
  readonly tenantKeys: FreshCache<TenantKeys>;
  /** By the lookup of a key or an access token. */
  readonly connectorCredentials: FreshCache<KnownConnector>;
  /** By API ID. */
  readonly connectors: FreshCache<EnabledConnector>;
}

export function openCaches(database: DirectoryDatabase): Caches {
  return {
    credentials: new FreshCache(database),
    tenants: new FreshCache(database),
    settings: new FreshCache(database),
    tenantKeys: new FreshCache(database),
    connectorCredentials: new FreshCache(database),
    connectors: new FreshCache(database),
  };
}
