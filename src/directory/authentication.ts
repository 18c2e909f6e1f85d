import type { DirectoryParts } from './change.ts';
import { credentialLookup, isSameLookup } from './credentials.ts';
import type { CredentialKind } from './credentials.ts';
import type { Reader } from './database.ts';
import type { Principal } from './directory.ts';
import { emailKey } from './input.ts';

/** A credential that is in force but for its expiry. */
export interface KnownCredential {
  readonly lookup: string;
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

type Find = (connection: Reader, lookup: string) => Promise<KnownCredential | undefined>;

export function authenticateToken(
  parts: DirectoryParts,
  email: string,
  token: string,
): Promise<Principal | undefined> {
  return authenticate(parts, 'token', findToken, token, emailKey(email));
}

export function authenticateApiClient(
  parts: DirectoryParts,
  clientId: string,
  secret: string,
): Promise<Principal | undefined> {
  return authenticate(parts, 'apiClientSecret', findApiClient, secret, clientId);
}

export function authenticateAccessToken(
  parts: DirectoryParts,
  accessToken: string,
): Promise<Principal | undefined> {
  return authenticate(parts, 'accessToken', findAccessToken, accessToken);
}

export function authenticateIngestKey(
  parts: DirectoryParts,
  key: string,
): Promise<Principal | undefined> {
  return authenticate(parts, 'ingestKey', findIngestKey, key);
}

/** Good and bad credentials take the same way: keyed digest, lookup, comparison in constant time. */
async function authenticate(
  { keyring, caches, database, clock }: DirectoryParts,
  kind: CredentialKind,
  find: Find,
  value: string,
  owner?: string,
): Promise<Principal | undefined> {
  const lookup = credentialLookup(keyring.lookupKey, kind, value, owner);
  const known = await caches.credentials.read(lookup, () => find(database.reader, lookup));
  if (known === undefined || !isSameLookup(known.lookup, lookup)) return undefined;
  return known.expiresAtMs > clock.nowMs() ? known.principal : undefined;
}

async function findToken(connection: Reader, lookup: string): Promise<KnownCredential | undefined> {
  const row = await connection
    .selectFrom('token')
    .innerJoin('person', 'person.email_key', 'token.email_key')
    .innerJoin('tenant', 'tenant.id', 'person.tenant')
    .select(['token.lookup', 'token.token_id', 'token.expires_at_ms'])
    .select(['person.email', 'tenant.id as tenant'])
    .where('token.lookup', '=', lookup)
    .where('tenant.enabled', '=', 1)
    .executeTakeFirst();
  if (row === undefined || row.lookup === null) return undefined;
  return {
    lookup: row.lookup,
    expiresAtMs: row.expires_at_ms,
    principal: {
      tenant: row.tenant,
      name: row.email,
      kind: 'token',
      credentialId: row.token_id,
    },
  };
}

async function findApiClient(
  connection: Reader,
  lookup: string,
): Promise<KnownCredential | undefined> {
  const row = await connection
    .selectFrom('api_client')
    .innerJoin('tenant', 'tenant.id', 'api_client.tenant')
    .select(['api_client.lookup', 'api_client.client_id', 'api_client.tenant'])
    .where('api_client.lookup', '=', lookup)
    .where('tenant.enabled', '=', 1)
    .executeTakeFirst();
  return row && { lookup: row.lookup, expiresAtMs: Infinity, principal: apiClientPrincipal(row) };
}

async function findAccessToken(
  connection: Reader,
  lookup: string,
): Promise<KnownCredential | undefined> {
  const row = await connection
    .selectFrom('access_token')
    .innerJoin('api_client', 'api_client.client_id', 'access_token.client_id')
    .innerJoin('tenant', 'tenant.id', 'api_client.tenant')
    .select(['access_token.lookup', 'access_token.expires_at_ms'])
    .select(['api_client.client_id', 'api_client.tenant'])
    .where('access_token.lookup', '=', lookup)
    .where('tenant.enabled', '=', 1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { lookup: found, expires_at_ms: expiresAtMs } = row;
  return { lookup: found, expiresAtMs, principal: apiClientPrincipal(row) };
}

async function findIngestKey(
  connection: Reader,
  lookup: string,
): Promise<KnownCredential | undefined> {
  const row = await connection
    .selectFrom('ingest_key')
    .innerJoin('tenant', 'tenant.id', 'ingest_key.tenant')
    .select(['ingest_key.lookup', 'ingest_key.key_id', 'ingest_key.tenant'])
    .where('ingest_key.lookup', '=', lookup)
    .where('tenant.enabled', '=', 1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { tenant, key_id: keyId } = row;
  return {
    lookup: row.lookup,
    expiresAtMs: Infinity,
    principal: { tenant, name: keyId, kind: 'ingest_key', credentialId: keyId },
  };
}

/** Whatever access token a client uses: rates and audit are the client's. */
function apiClientPrincipal(row: {
  readonly client_id: string;
  readonly tenant: string;
}): Principal {
  const { tenant, client_id: clientId } = row;
  return { tenant, name: clientId, kind: 'api_client', credentialId: clientId };
}
