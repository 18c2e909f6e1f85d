import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { assertRoom } from './room.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { credentialLookup, newCredential, newPublicId } from './credentials.ts';
import type { Writer } from './database.ts';
import type { Actor, ApiClient, NewApiClient, Principal } from './directory.ts';
import { accept, accessTokenLifeMs, name, shown } from './input.ts';
import { findTenant, requireTenant } from './find-tenant.ts';

const apiClientsMax = 1000;
/** Of one client at a time; a client that asks for more loses its oldest. */
const accessTokensMax = 1000;

export async function createApiClient(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  actor: Actor,
): Promise<NewApiClient> {
  const value = newCredential('apiClientSecret');
  const client_id = newPublicId('client');
  const row = {
    client_id,
    tenant,
    name: accept('name', name, title),
    lookup: credentialLookup(parts.keyring.lookupKey, 'apiClientSecret', value, client_id),
    created_at_ms: parts.clock.nowMs(),
  };
  return change(parts, actor, async (transaction) => {
    requireTenant(tenant, await findTenant(transaction, tenant));
    await assertRoom(transaction, 'api_client', tenant, apiClientsMax);
    await transaction.insertInto('api_client').values(row).execute();
    const detail = `${client_id} (${row.name})`;
    return {
      result: { ...toApiClient(row), secret: new Secret(value) },
      audit: { tenant, action: 'created an API client', detail },
    };
  });
}

export async function apiClients(
  { database }: DirectoryParts,
  tenant: string,
): Promise<readonly ApiClient[]> {
  requireTenant(tenant, await findTenant(database.reader, tenant));
  const rows = await database.reader
    .selectFrom('api_client')
    .select(['client_id', 'name', 'created_at_ms'])
    .where('tenant', '=', tenant)
    .orderBy('created_at_ms')
    .orderBy('client_id')
    .execute();
  return rows.map(toApiClient);
}

/** Ends its access tokens too. */
export async function revokeApiClient(
  parts: DirectoryParts,
  tenant: string,
  clientId: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const found = await requireApiClient(transaction, tenant, clientId);
    await transaction.deleteFrom('api_client').where('client_id', '=', clientId).execute();
    const detail = `${clientId} (${found.name})`;
    return { result: undefined, audit: { tenant, action: 'revoked an API client', detail } };
  });
}

export async function issueAccessToken(
  parts: DirectoryParts,
  { kind, tenant, name: clientId }: Principal,
  lifeMs: number,
): Promise<Secret> {
  if (kind !== 'api_client') {
    throw new AppError('input_invalid', `access tokens are issued to API clients, got ${kind}`);
  }
  const value = newCredential('accessToken');
  const created_at_ms = parts.clock.nowMs();
  const expires_at_ms = created_at_ms + accept('lifeMs', accessTokenLifeMs, lifeMs);
  const lookup = credentialLookup(parts.keyring.lookupKey, 'accessToken', value);
  return change(parts, { name: clientId }, async (transaction) => {
    await requireApiClient(transaction, tenant, clientId);
    await dropSurplusAccessTokens(transaction, clientId, created_at_ms);
    await transaction
      .insertInto('access_token')
      .values({ lookup, client_id: clientId, created_at_ms, expires_at_ms })
      .execute();
    const detail = `${clientId}, until ${new Date(expires_at_ms).toISOString()}`;
    return {
      result: new Secret(value),
      audit: { tenant, action: 'issued an access token', detail, kind: 'sign-ins' },
    };
  });
}

/** Dead ones, and so many of the oldest that there is room for one more. */
async function dropSurplusAccessTokens(
  transaction: Writer,
  clientId: string,
  nowMs: number,
): Promise<void> {
  await transaction
    .deleteFrom('access_token')
    .where('client_id', '=', clientId)
    .where('expires_at_ms', '<=', nowMs)
    .execute();
  const kept = transaction
    .selectFrom('access_token')
    .select('lookup')
    .where('client_id', '=', clientId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('lookup')
    .limit(accessTokensMax - 1);
  await transaction
    .deleteFrom('access_token')
    .where('client_id', '=', clientId)
    .where('lookup', 'not in', kept)
    .execute();
}

async function requireApiClient(
  transaction: Writer,
  tenant: string,
  clientId: string,
): Promise<ApiClient> {
  requireTenant(tenant, await findTenant(transaction, tenant));
  const row = await transaction
    .selectFrom('api_client')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row !== undefined) return toApiClient(row);
  throw new AppError('not_found', `tenant ${tenant} has no API client ${shown(clientId)}`);
}

function toApiClient(row: {
  readonly client_id: string;
  readonly name: string;
  readonly created_at_ms: number;
}): ApiClient {
  return { clientId: row.client_id, name: row.name, createdAtMs: row.created_at_ms };
}
