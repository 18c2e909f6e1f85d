import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import type { Reader } from './database.ts';
import type { Tenant } from './directory.ts';
import { shown } from './input.ts';
import type { TenantTable } from './tables.ts';

export async function findTenant(connection: Reader, id: string): Promise<Tenant | undefined> {
  const row = await connection
    .selectFrom('tenant')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toTenant(row);
}

/** Throws `not_found` for undefined. */
export function requireTenant<Found>(id: string, found: Found | undefined): Found {
  if (found !== undefined) return found;
  throw new AppError('not_found', `there is no tenant ${shown(id)}`);
}

export function toTenant(row: Omit<Selectable<TenantTable>, 'wrapped_key'>): Tenant {
  return {
    id: row.id,
    title: row.title,
    edition: row.edition,
    enabled: row.enabled === 1,
    createdAtMs: row.created_at_ms,
  };
}
