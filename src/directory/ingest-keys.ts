import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { assertRoom } from './room.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { credentialLookup, newCredential, newPublicId } from './credentials.ts';
import type { Actor, IngestKey, NewIngestKey } from './directory.ts';
import { accept, name, shown } from './input.ts';
import { findTenant, requireTenant } from './find-tenant.ts';

const ingestKeysMax = 1000;

export async function createIngestKey(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  actor: Actor,
): Promise<NewIngestKey> {
  const value = newCredential('ingestKey');
  const row = {
    key_id: newPublicId('key'),
    tenant,
    name: accept('name', name, title),
    lookup: credentialLookup(parts.keyring.lookupKey, 'ingestKey', value),
    created_at_ms: parts.clock.nowMs(),
  };
  return change(parts, actor, async (transaction) => {
    requireTenant(tenant, await findTenant(transaction, tenant));
    await assertRoom(transaction, 'ingest_key', tenant, ingestKeysMax);
    await transaction.insertInto('ingest_key').values(row).execute();
    const detail = `${row.key_id} (${row.name})`;
    return {
      result: { ...toIngestKey(row), key: new Secret(value) },
      audit: { tenant, action: 'created an ingest key', detail },
    };
  });
}

export async function ingestKeys(
  { database }: DirectoryParts,
  tenant: string,
): Promise<readonly IngestKey[]> {
  requireTenant(tenant, await findTenant(database.reader, tenant));
  const rows = await database.reader
    .selectFrom('ingest_key')
    .select(['key_id', 'name', 'created_at_ms'])
    .where('tenant', '=', tenant)
    .orderBy('created_at_ms')
    .orderBy('key_id')
    .execute();
  return rows.map(toIngestKey);
}

export async function revokeIngestKey(
  parts: DirectoryParts,
  tenant: string,
  keyId: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    requireTenant(tenant, await findTenant(transaction, tenant));
    const found = await transaction
      .deleteFrom('ingest_key')
      .where('key_id', '=', keyId)
      .where('tenant', '=', tenant)
      .returning('name')
      .executeTakeFirst();
    if (found === undefined) {
      throw new AppError('not_found', `tenant ${tenant} has no ingest key ${shown(keyId)}`);
    }
    const detail = `${keyId} (${found.name})`;
    return { result: undefined, audit: { tenant, action: 'revoked an ingest key', detail } };
  });
}

function toIngestKey(row: {
  readonly key_id: string;
  readonly name: string;
  readonly created_at_ms: number;
}): IngestKey {
  return { keyId: row.key_id, name: row.name, createdAtMs: row.created_at_ms };
}
