import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { readAuthorizationCode, signAuthorizationCode } from './authorization-code.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { connectorTokenLookup } from './connector-authentication.ts';
import type { ConnectorPrincipal, ConnectorToken, EnabledConnector } from './connector.ts';
import { alphanumeric, credentialLookup, newPublicId } from './credentials.ts';
import type { Reader, Writer } from './database.ts';
import { requireTenant } from './find-tenant.ts';
import { accept, accessTokenLifeMs, codeLifeMs } from './input.ts';
import type { TenantKeys } from './keyring.ts';
import { keyedDigest } from './sealing.ts';
import type { ConnectorTokenTable } from './tables.ts';

const tokenLength = 32;
/** Of one connector within a code's life. */
const redeemedCodesMax = 1000;
/**
 * A token with less than this part of its life left is not handed out again: whoever comes for one
 * every 24 hours must not get yesterday's with a second to live.
 */
const lifeLeftMin = 1 / 24;

type Grant = ConnectorTokenTable['granted_for'];
type TokenRow = Selectable<ConnectorTokenTable>;
/** A token's row, and when its key ends. */
type FoundToken = TokenRow & { readonly ends_at_ms: number | null };

export async function authorizationCode(
  parts: DirectoryParts,
  connector: EnabledConnector,
): Promise<Secret> {
  const { code } = await keysOf(parts, connector.tenant);
  return new Secret(signAuthorizationCode(code, connector, parts.clock.nowMs()));
}

/** Writes only when there is no token yet that can be handed out again. */
export async function issueConnectorToken(
  parts: DirectoryParts,
  principal: ConnectorPrincipal,
  lifeMs: number,
): Promise<ConnectorToken> {
  accept('lifeMs', accessTokenLifeMs, lifeMs);
  const { tenant, keyId } = principal;
  const nowMs = parts.clock.nowMs();
  const kept = await findToken(parts.database.reader, keyId, 'credentials', nowMs);
  if (kept !== undefined) return toToken(await keysOf(parts, tenant), kept);
  return change(parts, { name: principal.name }, async (transaction) => {
    const row = await keepOrInsertToken(parts, transaction, principal, 'credentials', lifeMs);
    return issued(parts, principal, row);
  });
}

export async function redeemAuthorizationCode(
  parts: DirectoryParts,
  principal: ConnectorPrincipal,
  code: string,
  life: { readonly codeLifeMs: number; readonly lifeMs: number },
): Promise<ConnectorToken> {
  accept('codeLifeMs', codeLifeMs, life.codeLifeMs);
  accept('lifeMs', accessTokenLifeMs, life.lifeMs);
  const keys = await keysOf(parts, principal.tenant);
  const issuedAtMs = readAuthorizationCode(keys.code, principal.connector, code);
  const endsAtMs = (issuedAtMs ?? -Infinity) + life.codeLifeMs;
  if (endsAtMs <= parts.clock.nowMs()) throw notGood('the authorization code is not good');
  const lookup = credentialLookup(parts.keyring.lookupKey, 'authorizationCode', code);
  const token = await change(parts, { name: principal.name }, async (transaction) => {
    const usedBefore = await findRedeemed(transaction, lookup);
    if (usedBefore !== undefined) return endToken(transaction, principal, usedBefore);
    const row = await keepOrInsertToken(parts, transaction, principal, 'code', life.lifeMs);
    await insertRedeemed(parts, transaction, principal, {
      lookup,
      token_lookup: row.lookup,
      expires_at_ms: endsAtMs,
    });
    return issued(parts, principal, row);
  });
  if (token === undefined) throw notGood('the authorization code was used before');
  return token;
}

/** Dead tokens, and keys that have ended with all that hangs on them. */
export async function dropDeadConnectorCredentials(
  { database, clock }: DirectoryParts,
  beforeMs: number,
): Promise<void> {
  const deadMs = Math.min(beforeMs, clock.nowMs());
  await database.writer.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('connector_token').where('expires_at_ms', '<', deadMs).execute();
    await transaction.deleteFrom('redeemed_code').where('expires_at_ms', '<', deadMs).execute();
    await transaction.deleteFrom('connector_key').where('ends_at_ms', '<', deadMs).execute();
  });
}

/** The one that can be handed out again, if its key is still good. */
async function findToken(
  connection: Reader,
  keyId: string,
  grant: Grant,
  nowMs: number,
): Promise<FoundToken | undefined> {
  const rows = await connection
    .selectFrom('connector_token')
    .innerJoin('connector_key', 'connector_key.key_id', 'connector_token.key_id')
    .selectAll('connector_token')
    .select('connector_key.ends_at_ms')
    .where('connector_token.key_id', '=', keyId)
    .where('granted_for', '=', grant)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('expires_at_ms', 'desc')
    .limit(1)
    .execute();
  return rows.find(({ created_at_ms, expires_at_ms, ends_at_ms }) => {
    const hasLife = expires_at_ms - nowMs >= (expires_at_ms - created_at_ms) * lifeLeftMin;
    return hasLife && (ends_at_ms === null || ends_at_ms > nowMs);
  });
}

/** Throws `unauthorized` when the key has ended meanwhile. */
async function keepOrInsertToken(
  parts: DirectoryParts,
  transaction: Writer,
  { tenant, keyId }: ConnectorPrincipal,
  grant: Grant,
  lifeMs: number,
): Promise<FoundToken> {
  const created_at_ms = parts.clock.nowMs();
  const key = await findGoodKey(transaction, keyId, created_at_ms);
  if (key === undefined) throw notGood('the key has ended, or its connector is not enabled');
  const kept = await findToken(transaction, keyId, grant, created_at_ms);
  if (kept !== undefined) return kept;
  await transaction
    .deleteFrom('connector_token')
    .where('key_id', '=', keyId)
    .where('expires_at_ms', '<=', created_at_ms)
    .execute();
  const { connectorToken } = await keysOf(parts, tenant);
  const origin = { key_id: keyId, granted_for: grant, salt: newPublicId('token') } as const;
  const row = {
    ...origin,
    lookup: connectorTokenLookup(parts.keyring, tokenValue(connectorToken, origin)),
    created_at_ms,
    expires_at_ms: created_at_ms + lifeMs,
  };
  await transaction.insertInto('connector_token').values(row).execute();
  return { ...row, ends_at_ms: key.ends_at_ms };
}

async function findGoodKey(
  transaction: Writer,
  keyId: string,
  nowMs: number,
): Promise<Pick<FoundToken, 'ends_at_ms'> | undefined> {
  const key = await transaction
    .selectFrom('connector_key')
    .innerJoin('connector', 'connector.connector_id', 'connector_key.connector_id')
    .select('connector_key.ends_at_ms')
    .where('connector_key.key_id', '=', keyId)
    .where('connector.state', '=', 'enabled')
    .executeTakeFirst();
  return key && (key.ends_at_ms ?? Infinity) > nowMs ? key : undefined;
}

async function findRedeemed(
  transaction: Writer,
  lookup: string,
): Promise<{ readonly token_lookup: string } | undefined> {
  return transaction
    .selectFrom('redeemed_code')
    .select('token_lookup')
    .where('lookup', '=', lookup)
    .executeTakeFirst();
}

async function insertRedeemed(
  { clock }: DirectoryParts,
  transaction: Writer,
  { keyId }: ConnectorPrincipal,
  code: {
    readonly lookup: string;
    readonly token_lookup: string;
    readonly expires_at_ms: number;
  },
): Promise<void> {
  const { connector_id } = await transaction
    .selectFrom('connector_key')
    .select('connector_id')
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow();
  await transaction
    .deleteFrom('redeemed_code')
    .where('connector_id', '=', connector_id)
    .where('expires_at_ms', '<=', clock.nowMs())
    .execute();
  const { count } = await transaction
    .selectFrom('redeemed_code')
    .select((query) => query.fn.countAll().as('count'))
    .where('connector_id', '=', connector_id)
    .executeTakeFirstOrThrow();
  if (Number(count) >= redeemedCodesMax) {
    const message = `a connector may use ${redeemedCodesMax} authorization codes within their life`;
    throw new AppError('rate_limited', message);
  }
  await transaction
    .insertInto('redeemed_code')
    .values({ ...code, connector_id })
    .execute();
}

/** RFC 6749, section 4.1.2: a code that comes twice may have been stolen. */
async function endToken(
  transaction: Writer,
  { tenant, name }: ConnectorPrincipal,
  { token_lookup }: { readonly token_lookup: string },
) {
  await transaction.deleteFrom('connector_token').where('lookup', '=', token_lookup).execute();
  const detail = `${name}: its authorization code came a second time`;
  return { result: undefined, audit: { tenant, action: 'ended an access token', detail } };
}

async function issued(parts: DirectoryParts, principal: ConnectorPrincipal, row: FoundToken) {
  const { tenant, name } = principal;
  const token = toToken(await keysOf(parts, tenant), row);
  const until = new Date(token.expiresAtMs).toISOString();
  const detail = `${name} by ${row.granted_for}, until ${until}`;
  return {
    result: token,
    audit: { tenant, action: 'issued an access token', detail, kind: 'sign-ins' as const },
  };
}

function toToken({ connectorToken }: TenantKeys, row: FoundToken): ConnectorToken {
  const expiresAtMs = Math.min(row.expires_at_ms, row.ends_at_ms ?? Infinity);
  return { value: new Secret(tokenValue(connectorToken, row)), expiresAtMs };
}

/** The value is nowhere kept; the same row gives it again. */
function tokenValue(
  key: TenantKeys['connectorToken'],
  { key_id, granted_for, salt }: Pick<TokenRow, 'key_id' | 'granted_for' | 'salt'>,
): string {
  const digest = keyedDigest(key, [key_id, granted_for, salt]);
  return alphanumeric(tokenLength, Buffer.from(digest, 'base64url'));
}

async function keysOf({ caches, keyring, database }: DirectoryParts, tenant: string) {
  const load = () => keyring.tenantKeys(tenant, database.reader);
  return requireTenant(tenant, await caches.tenantKeys.read(tenant, load));
}

function notGood(message: string): AppError {
  return new AppError('unauthorized', message);
}
