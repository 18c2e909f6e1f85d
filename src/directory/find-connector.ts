import type { Selectable } from 'kysely';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { Connector } from './connector.ts';
import type { Reader } from './database.ts';
import { findTenant, requireTenant } from './find-tenant.ts';
import { shown } from './input.ts';
import type { ConnectorTable } from './tables.ts';

export type ConnectorRow = Selectable<ConnectorTable>;

const storedNetworks = z.array(z.string());

export async function findConnector(
  connection: Reader,
  tenant: string,
  name: string,
): Promise<ConnectorRow | undefined> {
  return connection
    .selectFrom('connector')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
}

/** Throws `not_found`. */
export async function requireConnector(
  connection: Reader,
  tenant: string,
  name: string,
): Promise<ConnectorRow> {
  const row = await findConnector(connection, tenant, name);
  if (row !== undefined) return row;
  requireTenant(tenant, await findTenant(connection, tenant));
  throw new AppError('not_found', `tenant ${tenant} has no connector ${shown(name)}`);
}

/** Throws `not_found`, also for one that is only requested. */
export async function requireApproved(
  connection: Reader,
  tenant: string,
  name: string,
): Promise<ConnectorRow> {
  const row = await requireConnector(connection, tenant, name);
  if (row.state !== 'requested') return row;
  throw new AppError('not_found', `connector ${shown(row.name)} is requested but not approved`);
}

export function toConnector(row: ConnectorRow): Connector {
  const { api_id, approved_at_ms, siem_enabled_at_ms } = row;
  const isApproved = api_id !== null && approved_at_ms !== null && siem_enabled_at_ms !== null;
  return {
    tenant: row.tenant,
    name: row.name,
    state: row.state,
    redirectUrl: row.redirect_url,
    allowedNetworks: toNetworks(row.allowed_networks),
    requestedAtMs: row.requested_at_ms,
    approval: isApproved
      ? { apiId: api_id, approvedAtMs: approved_at_ms, siemEnabledAtMs: siem_enabled_at_ms }
      : undefined,
  };
}

export function toNetworks(column: string): readonly string[] {
  return storedNetworks.parse(JSON.parse(column));
}

/** The form in which names are compared. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}
