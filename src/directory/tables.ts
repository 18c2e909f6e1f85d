import type { ConnectorState } from './connector.ts';
import type { AuditKind, Edition, Principal } from './directory.ts';
import type { PersonRole, SignInMethod } from './people.ts';

/**
 * The directory's tables. Only types that SQLite and PostgreSQL share: text, integers up to 2^53,
 * flags as 0 and 1. E-mail addresses are keyed in lower case. `lookup` is a keyed digest of the
 * credential, `sealed_value` and `wrapped_key` are what `seal` gives; nothing here is a secret in
 * clear.
 */
export interface Tables {
  installation: InstallationTable;
  tenant: TenantTable;
  export_settings: ExportSettingsTable;
  person: PersonTable;
  token: TokenTable;
  api_client: ApiClientTable;
  access_token: AccessTokenTable;
  ingest_key: IngestKeyTable;
  audit_entry: AuditEntryTable;
  connector: ConnectorTable;
  connector_key: ConnectorKeyTable;
  connector_token: ConnectorTokenTable;
  redeemed_code: RedeemedCodeTable;
  second_factor: SecondFactorTable;
  recovery_code: RecoveryCodeTable;
  invitation: InvitationTable;
  session: SessionTable;
  last_use: LastUseTable;
  use_hour: UseHourTable;
}

/** One row. Writing to it first is what makes changes stand in line. */
export interface InstallationTable {
  readonly id: 1;
  readonly name: string;
  master_key_id: string;
  wrapped_key: string;
  /** Grows with every change that a reader's cache must notice. */
  change_count: number;
  audit_count: number;
}

export interface TenantTable {
  readonly id: string;
  title: string;
  edition: Edition;
  enabled: 0 | 1;
  wrapped_key: string;
  readonly created_at_ms: number;
}

export interface ExportSettingsTable {
  readonly tenant: string;
  enabled: 0 | 1;
  /** A JSON array of names, or `"all"`. */
  categories: string;
  facility: number;
}

export interface PersonTable {
  readonly email_key: string;
  readonly email: string;
  /** Null for operators. */
  readonly tenant: string | null;
  role: PersonRole;
  readonly created_at_ms: number;
  /** argon2id in PHC format. */
  password: string | null;
  last_sign_in_ms: number | null;
}

export interface SecondFactorTable {
  readonly email_key: string;
  /** Null until the first one is confirmed. */
  sealed_secret: string | null;
  /** Waits for its confirmation. */
  sealed_next: string | null;
  /** Number of the 30 s whose digits were used last; the same digits are not good again. */
  last_step: number;
}

export interface RecoveryCodeTable {
  readonly lookup: string;
  readonly email_key: string;
}

export interface InvitationTable {
  readonly lookup: string;
  /** Null for the first operator, who names the address. */
  readonly email_key: string | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

export interface SessionTable {
  readonly lookup: string;
  readonly session_id: string;
  readonly email_key: string;
  readonly method: SignInMethod;
  readonly address: string;
  readonly user_agent: string;
  readonly created_at_ms: number;
  last_seen_at_ms: number;
}

/** The newest use of a credential for an API and a feed. */
export interface LastUseTable {
  readonly tenant: string;
  readonly kind: Principal['kind'];
  readonly name: string;
  readonly api: string;
  readonly feed: string;
  address: string;
  status: number;
  events: number;
  position: number | null;
  at_ms: number;
}

/** Events that a credential got in an hour, for two days. */
export interface UseHourTable {
  readonly tenant: string;
  readonly kind: Principal['kind'];
  readonly name: string;
  readonly api: string;
  readonly feed: string;
  readonly hour: number;
  events: number;
}

/** The newest token of an administrator; a revoked one has neither lookup nor value. */
export interface TokenTable {
  readonly email_key: string;
  readonly token_id: string;
  lookup: string | null;
  sealed_value: string | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

export interface ApiClientTable {
  readonly client_id: string;
  readonly tenant: string;
  readonly name: string;
  readonly lookup: string;
  readonly created_at_ms: number;
}

export interface AccessTokenTable {
  readonly lookup: string;
  readonly client_id: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

export interface IngestKeyTable {
  readonly key_id: string;
  readonly tenant: string;
  readonly name: string;
  readonly lookup: string;
  readonly created_at_ms: number;
}

export interface AuditEntryTable {
  /** 1, 2, 3 … in the order of commits. */
  readonly id: number;
  readonly at_ms: number;
  readonly tenant: string | null;
  readonly actor_name: string;
  readonly actor_address: string | null;
  readonly action: string;
  readonly detail: string;
  readonly outcome: 'success' | 'failure';
  readonly kind: AuditKind;
}

/** The last four are null until it is approved. */
export interface ConnectorTable {
  readonly connector_id: string;
  readonly tenant: string;
  readonly name: string;
  /** The name in lower case; unique within the tenant. */
  readonly name_key: string;
  state: ConnectorState;
  redirect_url: string;
  /** A JSON array of addresses and networks. */
  allowed_networks: string;
  readonly requested_at_ms: number;
  api_id: string | null;
  approved_at_ms: number | null;
  siem_enabled_at_ms: number | null;
  enabled_at_ms: number | null;
}

export interface ConnectorKeyTable {
  readonly key_id: string;
  readonly connector_id: string;
  readonly lookup: string;
  readonly sealed_value: string;
  readonly created_at_ms: number;
  /** Null for the newest. */
  ends_at_ms: number | null;
}

/** Ends with its key, if that comes first. Its value is derived from what stands here. */
export interface ConnectorTokenTable {
  readonly lookup: string;
  readonly key_id: string;
  readonly granted_for: 'credentials' | 'code';
  readonly salt: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

/** Kept for as long as the code could be used again. */
export interface RedeemedCodeTable {
  readonly lookup: string;
  readonly connector_id: string;
  /** Of the access token that was issued for it, which may have ended since. */
  readonly token_lookup: string;
  readonly expires_at_ms: number;
}
