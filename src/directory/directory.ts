import type { Secret } from '../core/secret.ts';
import type { ConnectorDirectory } from './connector.ts';
import type { PeopleDirectory } from './people.ts';

/**
 * Who may do what: tenants, administrators, tokens, keys, settings, and the trail of what was done.
 * Every change takes the actor and is written to the audit trail in the same transaction. Methods
 * throw `not_found`, `already_exists` or `input_invalid`; `name_invalid` for a tenant's id. Several
 * processes may use one directory; each sees the others' changes with its next call.
 */
export interface Directory extends ConnectorDirectory, PeopleDirectory, AsyncDisposable {
  createTenant(tenant: NewTenant, actor: Actor): Promise<Tenant>;
  tenants(): Promise<readonly Tenant[]>;
  /** All of them, in as few queries however many there are. */
  tenantSummaries(): Promise<readonly TenantSummary[]>;
  tenant(id: string): Promise<Tenant>;
  setTenantEnabled(id: string, enabled: boolean, actor: Actor): Promise<Tenant>;
  /** The title, the edition or both. */
  changeTenant(
    id: string,
    change: Partial<Pick<NewTenant, 'title' | 'edition'>>,
    actor: Actor,
  ): Promise<Tenant>;
  /**
   * Removes the tenant with everything that is its own, keys and audit trail included; one entry that
   * belongs to no tenant says that it was deleted. Its events are the store's.
   */
  deleteTenant(id: string, actor: Actor): Promise<void>;

  addAdministrator(administrator: NewAdministrator, actor: Actor): Promise<Administrator>;
  administrators(tenant: string): Promise<readonly Administrator[]>;
  /** Whose e-mail address this is, in whichever tenant; undefined when nobody's. */
  administratorByEmail(email: string): Promise<Administrator | undefined>;
  /** Ends the administrator's token too. */
  removeAdministrator(tenant: string, email: string, actor: Actor): Promise<void>;

  /** Ends the administrator's previous token. `days` is 1–365, 30 when undefined. Not for viewers. */
  createToken(
    tenant: string,
    email: string,
    days: number | undefined,
    actor: Actor,
  ): Promise<Token>;
  /** The token with its value while it is valid; without, when expired or revoked. */
  token(tenant: string, email: string): Promise<Token | undefined>;
  revokeToken(tenant: string, email: string, actor: Actor): Promise<void>;

  /** OAuth client credentials for Events API v2. The secret is in this answer only. */
  createApiClient(tenant: string, name: string, actor: Actor): Promise<NewApiClient>;
  apiClients(tenant: string): Promise<readonly ApiClient[]>;
  revokeApiClient(tenant: string, clientId: string, actor: Actor): Promise<void>;

  exportSettings(tenant: string): Promise<ExportSettings>;
  changeExportSettings(
    tenant: string,
    change: Partial<ExportSettings>,
    actor: Actor,
  ): Promise<ExportSettings>;

  /** The key is in this answer only. */
  createIngestKey(tenant: string, name: string, actor: Actor): Promise<NewIngestKey>;
  ingestKeys(tenant: string): Promise<readonly IngestKey[]>;
  revokeIngestKey(tenant: string, keyId: string, actor: Actor): Promise<void>;

  /** Whose credential this is, or undefined when it is wrong, expired, revoked or its tenant disabled. */
  authenticateToken(email: string, token: string): Promise<Principal | undefined>;
  authenticateApiClient(clientId: string, secret: string): Promise<Principal | undefined>;
  authenticateIngestKey(key: string): Promise<Principal | undefined>;
  /**
   * A new bearer token for an API client, for at most 24 h; only its digest is kept. Of one client
   * 1,000 live at a time, then the oldest goes.
   */
  issueAccessToken(principal: Principal, lifeMs: number): Promise<Secret>;
  authenticateAccessToken(accessToken: string): Promise<Principal | undefined>;

  /** 32 bytes under which the tenant's cursors are signed; the same on every call. */
  cursorKey(tenant: string): Promise<Buffer>;

  /** Adds to the audit trail; buffered for up to a second, flushed on dispose. */
  recordPull(pull: Pull): void;
  /** Remembers that a credential was used, as `recordPull` does, without an audit entry. */
  recordUse(use: CredentialUse): void;
  /** The last use of each credential of the tenant for each API and feed. */
  credentialUses(tenant: string): Promise<readonly LastUse[]>;
  /**
   * Says in the audit trail that somebody was shown a secret, or did something that leaves no trace in
   * the directory itself; written when it resolves.
   */
  recordReading(
    tenant: string,
    reading: { readonly action: string; readonly detail: string },
    actor: Actor,
  ): Promise<void>;
  /** Newest first, 1–10,000; of all tenants and of none when `tenant` is undefined. */
  auditTrail(tenant: string | undefined, limit: number): Promise<readonly AuditEntry[]>;
  /**
   * Newest first, with a filter. Looks at no more than 20,000 entries at a time: with `next` there is
   * more to look at, even when `entries` is empty.
   */
  auditPage(query: AuditQuery): Promise<AuditPage>;
  /**
   * Oldest first: sign-ins and changes behind the entry of that number, 1–500 of them. Numbers are
   * committed in their order, so nothing turns up later in front of what was read.
   */
  auditBehind(entry: number, limit: number): Promise<readonly NumberedAuditEntry[]>;
  /** The number of the newest entry, pulls included; 0 before the first. */
  newestAuditEntry(): Promise<number>;
  /** Drops audit entries, dead access tokens and connectors' dead keys older than `beforeMs`. */
  trimAudit(beforeMs: number): Promise<void>;

  /**
   * A new master key: every tenant's key is wrapped anew. Credentials stay valid. Throws
   * `input_invalid` when the master key is configured: then it is changed there.
   */
  rotateMasterKey(actor: Actor): Promise<void>;
}

/** Druva's product editions; which ones have the Events API is `editionsWithEventsApi`. */
export const editions = ['Business', 'Enterprise', 'Elite', 'Elite Plus'] as const;
export type Edition = (typeof editions)[number];
export const editionsWithEventsApi: ReadonlySet<Edition> = new Set(['Elite', 'Elite Plus']);

/** Who did something: `cli:root`, an administrator's e-mail address, `system`. */
export interface Actor {
  readonly name: string;
  readonly address?: string;
}

export interface NewTenant {
  /** Matches `namePattern`; the first part of its stream names. */
  readonly id: string;
  readonly title: string;
  readonly edition: Edition;
}

export interface Tenant extends NewTenant {
  readonly enabled: boolean;
  readonly createdAtMs: number;
}

export interface TenantSummary {
  readonly tenant: Tenant;
  readonly exportEnabled: boolean;
  readonly people: number;
  /** When a credential was last used to read events; undefined when none was. */
  readonly lastPullMs: number | undefined;
}

export const roles = ['administrator', 'viewer'] as const;
export type Role = (typeof roles)[number];

export interface NewAdministrator {
  readonly tenant: string;
  /** Unique over all tenants: Basic authentication names nobody else. Compared without case. */
  readonly email: string;
  readonly role: Role;
}

export interface Administrator extends NewAdministrator {
  readonly createdAtMs: number;
}

export interface Token {
  readonly email: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Present while the token is valid. */
  readonly value?: Secret;
}

export interface ApiClient {
  readonly clientId: string;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface NewApiClient extends ApiClient {
  readonly secret: Secret;
}

export interface IngestKey {
  readonly keyId: string;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface NewIngestKey extends IngestKey {
  readonly key: Secret;
}

/** inSync's Edit Events API Settings dialog. */
export interface ExportSettings {
  readonly enabled: boolean;
  /** Category names of the feed; `all` stands for every one, those of the future too. */
  readonly categories: readonly string[] | 'all';
  /** 1–23; 23 unless set. */
  readonly facility: number;
}

/** Somebody whose credential was accepted. */
export interface Principal {
  readonly tenant: string;
  /** E-mail address, client id, key id or API ID. */
  readonly name: string;
  readonly kind: 'token' | 'api_client' | 'ingest_key' | 'connector';
  /** Of the credential, for rate limits and audit; not secret. */
  readonly credentialId: string;
}

export interface Pull {
  readonly tenant: string;
  readonly actor: Actor;
  /** `events-api/v1`, `streams`, … */
  readonly api: string;
  readonly status: number;
  readonly events: number;
  readonly atMs: number;
  /** Which credential it was: its last use is remembered. */
  readonly use?: Pick<CredentialUse, 'principal' | 'feed' | 'position'>;
}

/** One use of a credential. */
export interface CredentialUse {
  readonly principal: Pick<Principal, 'tenant' | 'kind' | 'name'>;
  /** As in `Pull`, or `ingest`, `token`. */
  readonly api: string;
  /** Empty when it concerns none. */
  readonly feed: string;
  readonly address: string;
  readonly status: number;
  readonly events: number;
  /** How far it has read: where the next page begins behind; undefined where positions are not said. */
  readonly position?: number | undefined;
  readonly atMs: number;
}

export interface LastUse extends CredentialUse {
  /** Of the uses of the last 24 to 25 hours. */
  readonly events24h: number;
}

/**
 * `pulls`: requests for events; `sign-ins`: people and programs who come in, or try to; `changes`:
 * everything else.
 */
export const auditKinds = ['pulls', 'changes', 'sign-ins'] as const;
export type AuditKind = (typeof auditKinds)[number];

export interface AuditQuery {
  /** A tenant's entries; undefined: everybody's. */
  readonly tenant?: string | undefined;
  readonly kind?: AuditKind | undefined;
  /** Half-open. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** A part of the actor's name, whatever its case. */
  readonly actor?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** A part of action, detail or address, whatever its case. */
  readonly text?: string | undefined;
  /** `next` of the page before. */
  readonly before?: number | undefined;
  /** 1–500. */
  readonly limit: number;
}

export interface AuditPage {
  readonly entries: readonly NumberedAuditEntry[];
  /** `before` of the next page; undefined when there is nothing further back. */
  readonly next: number | undefined;
}

export interface NumberedAuditEntry extends AuditEntry {
  /** Rises with every entry. */
  readonly id: number;
  readonly kind: AuditKind;
}

export interface AuditEntry {
  readonly atMs: number;
  readonly tenant: string | undefined;
  readonly actor: Actor;
  /** A verb phrase in the past: `created a token`. */
  readonly action: string;
  readonly detail: string;
  readonly outcome: 'success' | 'failure';
}
