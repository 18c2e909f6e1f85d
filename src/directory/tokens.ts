import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { credentialLookup, newCredential, newPublicId } from './credentials.ts';
import type { Reader } from './database.ts';
import type { Actor, Token } from './directory.ts';
import { accept, days, emailKey } from './input.ts';
import { requirePerson } from './persons.ts';
import { seal, unseal } from './sealing.ts';
import type { Binding } from './sealing.ts';
import type { TokenTable } from './tables.ts';
import { requireTenant } from './find-tenant.ts';

const dayMs = 86_400_000;
const defaultDays = 30;

/** A viewer may not have one: what an administrator's token pulls is more than a viewer's look. */
export async function createToken(
  parts: DirectoryParts,
  tenant: string,
  email: string,
  wantedDays: number | undefined,
  actor: Actor,
): Promise<Token> {
  const lifeMs = accept('days', days, wantedDays ?? defaultDays) * dayMs;
  const createdAtMs = parts.clock.nowMs();
  return change(parts, actor, async (transaction) => {
    const owner = await requirePerson(parts, transaction, tenant, email);
    if (owner.role !== 'administrator') {
      throw new AppError(
        'input_invalid',
        `tokens belong to administrators, but ${owner.email} is a ${owner.role}`,
      );
    }
    const value = newCredential('token');
    const email_key = emailKey(owner.email);
    const token_id = newPublicId('token');
    const keys = requireTenant(tenant, await parts.keyring.tenantKeys(tenant, transaction));
    const row = {
      email_key,
      token_id,
      lookup: credentialLookup(parts.keyring.lookupKey, 'token', value, email_key),
      sealed_value: seal(
        keys.sealing,
        Buffer.from(value),
        tokenBinding(tenant, email_key, token_id),
      ),
      created_at_ms: createdAtMs,
      expires_at_ms: createdAtMs + lifeMs,
    };
    await transaction.deleteFrom('token').where('email_key', '=', email_key).execute();
    await transaction.insertInto('token').values(row).execute();
    const detail = `${token_id} of ${owner.email}, until ${new Date(row.expires_at_ms).toISOString()}`;
    return {
      result: { ...toToken(row, owner.email), value: new Secret(value) },
      audit: { tenant, action: 'created a token', detail },
    };
  });
}

export async function token(
  parts: DirectoryParts,
  tenant: string,
  email: string,
): Promise<Token | undefined> {
  const { database, keyring, clock } = parts;
  const owner = await requirePerson(parts, database.reader, tenant, email);
  const row = await findToken(database.reader, email);
  if (row === undefined) return undefined;
  const found = toToken(row, owner.email);
  if (row.sealed_value === null || row.expires_at_ms <= clock.nowMs()) return found;
  const keys = requireTenant(tenant, await keyring.tenantKeys(tenant, database.reader));
  const binding = tokenBinding(tenant, row.email_key, row.token_id);
  const value = unseal(keys.sealing, row.sealed_value, binding);
  if (value !== undefined) return { ...found, value: new Secret(value.toString()) };
  throw new AppError(
    'store_corrupt',
    `${database.name}: ${row.token_id} of tenant ${tenant} was altered; create a new token`,
  );
}

/** Throws `not_found` when there is no token that could still be used. */
export async function revokeToken(
  parts: DirectoryParts,
  tenant: string,
  email: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const owner = await requirePerson(parts, transaction, tenant, email);
    const row = await findToken(transaction, email);
    if (row === undefined || row.lookup === null || row.expires_at_ms <= parts.clock.nowMs()) {
      throw new AppError('not_found', `${owner.email} has no valid token`);
    }
    await transaction
      .updateTable('token')
      .set({ lookup: null, sealed_value: null })
      .where('email_key', '=', row.email_key)
      .execute();
    const detail = `${row.token_id} of ${owner.email}`;
    return { result: undefined, audit: { tenant, action: 'revoked a token', detail } };
  });
}

/** Access tokens go; of an expired token the row stays, without what could still be unsealed. */
export async function dropDeadTokens(
  { database, clock }: DirectoryParts,
  beforeMs: number,
): Promise<void> {
  const deadMs = Math.min(beforeMs, clock.nowMs());
  await database.writer.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('access_token').where('expires_at_ms', '<', deadMs).execute();
    await transaction
      .updateTable('token')
      .set({ lookup: null, sealed_value: null })
      .where('expires_at_ms', '<', deadMs)
      .execute();
  });
}

async function findToken(
  connection: Reader,
  email: string,
): Promise<Selectable<TokenTable> | undefined> {
  return connection
    .selectFrom('token')
    .selectAll()
    .where('email_key', '=', emailKey(email))
    .executeTakeFirst();
}

function tokenBinding(tenant: string, email_key: string, tokenId: string): Binding {
  return { purpose: 'token', owner: [tenant, email_key, tokenId] };
}

function toToken(row: Selectable<TokenTable>, email: string): Token {
  return { email, createdAtMs: row.created_at_ms, expiresAtMs: row.expires_at_ms };
}
