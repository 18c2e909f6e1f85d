import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { ConnectorKey, ConnectorWithKeys } from './connector.ts';
import { alphanumeric, credentialLookup, newPublicId } from './credentials.ts';
import type { Reader, Writer } from './database.ts';
import type { Actor } from './directory.ts';
import { requireApproved, toConnector } from './find-connector.ts';
import type { ConnectorRow } from './find-connector.ts';
import { requireTenant } from './find-tenant.ts';
import { accept, keyOverlapMs } from './input.ts';
import { seal, unseal } from './sealing.ts';
import type { Binding } from './sealing.ts';
import type { ConnectorKeyTable } from './tables.ts';

const keyLength = 32;

/** Two keys are good at most: the newest, and until it ends the one before. */
export async function rotateConnectorKey(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  overlapMs: number,
  actor: Actor,
): Promise<ConnectorWithKeys> {
  accept('overlapMs', keyOverlapMs, overlapMs);
  const endsAtMs = parts.clock.nowMs() + overlapMs;
  const rotated = await change(parts, actor, async (transaction) => {
    const row = await requireApproved(transaction, tenant, title);
    await endKeys(transaction, row, overlapMs === 0 ? undefined : endsAtMs);
    await newConnectorKey(parts, transaction, row);
    const until = new Date(endsAtMs).toISOString();
    const detail = `${row.name} (${row.api_id}), the key before is good until ${until}`;
    return {
      result: await withKeys(parts, transaction, row),
      audit: { tenant, action: "rotated a connector's key", detail },
    };
  });
  if (overlapMs === 0) await parts.database.scrub();
  return rotated;
}

/** The newest key ends at `endsAtMs`, or goes when that is undefined; those before it go now. */
async function endKeys(
  transaction: Writer,
  { connector_id }: ConnectorRow,
  endsAtMs: number | undefined,
): Promise<void> {
  const keys = transaction.deleteFrom('connector_key').where('connector_id', '=', connector_id);
  if (endsAtMs === undefined) return void (await keys.execute());
  await keys.where('ends_at_ms', 'is not', null).execute();
  await transaction
    .updateTable('connector_key')
    .set({ ends_at_ms: endsAtMs })
    .where('connector_id', '=', connector_id)
    .execute();
}

export async function newConnectorKey(
  { clock, keyring }: DirectoryParts,
  transaction: Writer,
  owner: ConnectorRow,
): Promise<void> {
  const { tenant, connector_id, api_id } = owner;
  const value = alphanumeric(keyLength);
  const key_id = newPublicId('key');
  const { sealing } = requireTenant(tenant, await keyring.tenantKeys(tenant, transaction));
  const row = {
    key_id,
    connector_id,
    lookup: connectorKeyLookup(keyring, value, api_id ?? ''),
    sealed_value: seal(sealing, Buffer.from(value), keyBinding(owner, key_id)),
    created_at_ms: clock.nowMs(),
    ends_at_ms: null,
  };
  await transaction.insertInto('connector_key').values(row).execute();
}

export async function withKeys(
  parts: DirectoryParts,
  connection: Reader,
  row: ConnectorRow,
): Promise<ConnectorWithKeys> {
  return { ...toConnector(row), keys: await readKeys(parts, connection, row) };
}

/** Those that are good, newest first, with their values. */
async function readKeys(
  { database, keyring, clock }: DirectoryParts,
  connection: Reader,
  owner: ConnectorRow,
): Promise<readonly ConnectorKey[]> {
  const { tenant, connector_id, name } = owner;
  const rows = await connection
    .selectFrom('connector_key')
    .selectAll()
    .where('connector_id', '=', connector_id)
    .where((where) =>
      where.or([where('ends_at_ms', 'is', null), where('ends_at_ms', '>', clock.nowMs())]),
    )
    .execute();
  const { sealing } = requireTenant(tenant, await keyring.tenantKeys(tenant, connection));
  const open = (row: Selectable<ConnectorKeyTable>): ConnectorKey => {
    const value = unseal(sealing, row.sealed_value, keyBinding(owner, row.key_id));
    if (value === undefined) {
      const what = `${row.key_id} of connector ${name} of tenant ${tenant}`;
      throw new AppError('store_corrupt', `${database.name}: ${what} was altered; rotate the key`);
    }
    const { created_at_ms: createdAtMs, ends_at_ms: endsAtMs } = row;
    return { createdAtMs, endsAtMs: endsAtMs ?? undefined, value: new Secret(value.toString()) };
  };
  return rows
    .map(open)
    .toSorted((one, other) => (other.endsAtMs ?? Infinity) - (one.endsAtMs ?? Infinity));
}

/** A key is good beside the API ID it belongs to, and beside no other. */
export function connectorKeyLookup(
  { lookupKey }: DirectoryParts['keyring'],
  value: string,
  apiId: string,
): string {
  return credentialLookup(lookupKey, 'connectorKey', value, apiId);
}

function keyBinding({ tenant, connector_id }: ConnectorRow, keyId: string): Binding {
  return { purpose: 'connector key', owner: [tenant, connector_id, keyId] };
}
