import { AppError } from '../core/errors.ts';
import { assertRoom } from './room.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { newConnectorKey, withKeys } from './connector-keys.ts';
import type { Connector, ConnectorWithKeys, NewConnector } from './connector.ts';
import { alphanumeric, newPublicId } from './credentials.ts';
import type { Reader, Writer } from './database.ts';
import type { Actor } from './directory.ts';
import {
  findConnector,
  nameKey,
  requireApproved,
  requireConnector,
  toConnector,
} from './find-connector.ts';
import type { ConnectorRow as Row } from './find-connector.ts';
import { findTenant, requireTenant } from './find-tenant.ts';
import { accept, acceptRedirectUrl, flag, name, networks, shown, timeMs } from './input.ts';

const connectorsMax = 100;
const apiIdPrefix = 'APIKEY';
const apiIdRandomLength = 9;

export async function requestConnector(
  parts: DirectoryParts,
  tenant: string,
  wanted: NewConnector,
  actor: Actor,
): Promise<Connector> {
  const accepted = accept('name', name, wanted.name);
  const row: Row = {
    connector_id: newPublicId('connector'),
    tenant,
    name: accepted,
    name_key: nameKey(accepted),
    state: 'requested',
    redirect_url: acceptRedirectUrl(wanted.redirectUrl),
    allowed_networks: toNetworksColumn(wanted.allowedNetworks ?? []),
    requested_at_ms: parts.clock.nowMs(),
    api_id: null,
    approved_at_ms: null,
    siem_enabled_at_ms: null,
    enabled_at_ms: null,
  };
  return change(parts, actor, async (transaction) => {
    requireTenant(tenant, await findTenant(transaction, tenant));
    if ((await findConnector(transaction, tenant, row.name)) !== undefined) {
      const message = `tenant ${tenant} has a connector ${shown(row.name)} already`;
      throw new AppError('already_exists', message);
    }
    await assertRoom(transaction, 'connector', tenant, connectorsMax);
    await transaction.insertInto('connector').values(row).execute();
    const detail = `${row.name}, redirects to ${row.redirect_url}`;
    return {
      result: toConnector(row),
      audit: { tenant, action: 'requested a connector', detail },
    };
  });
}

export async function approveConnector(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  approval: { readonly siemEnabledAtMs?: number | undefined },
  actor: Actor,
): Promise<ConnectorWithKeys> {
  const nowMs = parts.clock.nowMs();
  const wantedMs = approval.siemEnabledAtMs;
  if (wantedMs !== undefined) assertPast('siemEnabledAtMs', wantedMs, nowMs);
  return change(parts, actor, async (transaction) => {
    const found = await requireConnector(transaction, tenant, title);
    if (found.state !== 'requested') {
      throw new AppError('already_exists', `connector ${shown(found.name)} is approved already`);
    }
    const row: Row = {
      ...found,
      state: 'enabled',
      api_id: apiIdPrefix + alphanumeric(apiIdRandomLength),
      approved_at_ms: nowMs,
      siem_enabled_at_ms: wantedMs ?? (await siemEnabledSince(transaction, tenant)) ?? nowMs,
      enabled_at_ms: nowMs,
    };
    await updateConnector(transaction, row);
    await newConnectorKey(parts, transaction, row);
    const detail = `${row.name} as ${row.api_id}`;
    return {
      result: await withKeys(parts, transaction, row),
      audit: { tenant, action: 'approved a connector', detail },
    };
  });
}

export async function connectors(
  { database }: DirectoryParts,
  tenant: string,
): Promise<readonly Connector[]> {
  requireTenant(tenant, await findTenant(database.reader, tenant));
  const rows = await database.reader
    .selectFrom('connector')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('name_key')
    .execute();
  return rows.map(toConnector);
}

export async function connector(
  parts: DirectoryParts,
  tenant: string,
  title: string,
): Promise<ConnectorWithKeys> {
  const { reader } = parts.database;
  return withKeys(parts, reader, await requireConnector(reader, tenant, title));
}

export async function changeConnector(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  wanted: Partial<Omit<NewConnector, 'name'>>,
  actor: Actor,
): Promise<Connector> {
  const { redirectUrl: url, allowedNetworks } = wanted;
  const changed = {
    ...(url !== undefined && { redirect_url: acceptRedirectUrl(url) }),
    ...(allowedNetworks && { allowed_networks: toNetworksColumn(allowedNetworks) }),
  };
  return change(parts, actor, async (transaction) => {
    const before = await requireConnector(transaction, tenant, title);
    const after = { ...before, ...changed };
    await updateConnector(transaction, after);
    const detail = `${after.name}: ${difference(before, after)}`;
    return { result: toConnector(after), audit: { tenant, action: 'changed a connector', detail } };
  });
}

/** Disabling ends its access tokens; codes from before it was enabled again are not good. */
export async function setConnectorEnabled(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  enabled: boolean,
  actor: Actor,
): Promise<Connector> {
  accept('enabled', flag, enabled);
  return change(parts, actor, async (transaction) => {
    const found = await requireApproved(transaction, tenant, title);
    const state = enabled ? 'enabled' : 'disabled';
    const isNew = enabled && found.state !== state;
    const enabled_at_ms = isNew ? parts.clock.nowMs() : found.enabled_at_ms;
    const row: Row = { ...found, state, enabled_at_ms };
    await updateConnector(transaction, row);
    if (!enabled) await endAccessTokens(transaction, row);
    const action = enabled ? 'enabled a connector' : 'disabled a connector';
    const audit = { tenant, action, detail: `${row.name} (${row.api_id})` };
    return { result: toConnector(row), audit };
  });
}

export async function deleteConnector(
  parts: DirectoryParts,
  tenant: string,
  title: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const { connector_id, ...found } = await requireConnector(transaction, tenant, title);
    await transaction.deleteFrom('connector').where('connector_id', '=', connector_id).execute();
    const detail = `${found.name} (${found.api_id ?? found.state})`;
    return { result: undefined, audit: { tenant, action: 'deleted a connector', detail } };
  });
  await parts.database.scrub();
}

/** The SIEM service is a tenant's: a second connector sees as far back as the first. */
async function siemEnabledSince(connection: Reader, tenant: string): Promise<number | undefined> {
  const { sinceMs } = await connection
    .selectFrom('connector')
    .select((query) => query.fn.min('siem_enabled_at_ms').as('sinceMs'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  return sinceMs ?? undefined;
}

async function updateConnector(
  transaction: Writer,
  { connector_id, state, redirect_url, allowed_networks, ...approval }: Row,
): Promise<void> {
  const { api_id, approved_at_ms, siem_enabled_at_ms, enabled_at_ms } = approval;
  await transaction
    .updateTable('connector')
    .set({ state, redirect_url, allowed_networks })
    .set({ api_id, approved_at_ms, siem_enabled_at_ms, enabled_at_ms })
    .where('connector_id', '=', connector_id)
    .execute();
}

async function endAccessTokens(transaction: Writer, { connector_id }: Row): Promise<void> {
  const keys = transaction
    .selectFrom('connector_key')
    .select('key_id')
    .where('connector_id', '=', connector_id);
  await transaction.deleteFrom('connector_token').where('key_id', 'in', keys).execute();
}

function toNetworksColumn(allowed: readonly string[]): string {
  return JSON.stringify(accept('allowedNetworks', networks, allowed));
}

function assertPast(what: string, wantedMs: number, nowMs: number): void {
  accept(what, timeMs, wantedMs);
  if (wantedMs >= 0 && wantedMs <= nowMs) return;
  throw new AppError('input_invalid', `${what} must not be in the future, got ${wantedMs}`);
}

function difference(before: Row, after: Row): string {
  const lines = (['redirect_url', 'allowed_networks'] as const)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key} ${before[key]} → ${after[key]}`);
  return lines.length === 0 ? 'nothing' : lines.join('; ');
}
