import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { Reader } from './database.ts';
import type { Actor, Administrator, NewAdministrator } from './directory.ts';
import { accept, email, emailKey, role, shown } from './input.ts';
import type { AdministratorTable } from './tables.ts';
import { findTenant, requireTenant } from './find-tenant.ts';

const administratorsMax = 1000;

export async function addAdministrator(
  parts: DirectoryParts,
  added: NewAdministrator,
  actor: Actor,
): Promise<Administrator> {
  const address = accept('email', email, added.email);
  const row = {
    email_key: emailKey(address),
    email: address,
    tenant: added.tenant,
    role: accept('role', role, added.role),
    created_at_ms: parts.clock.nowMs(),
  };
  return change(parts, actor, async (transaction) => {
    requireTenant(row.tenant, await findTenant(transaction, row.tenant));
    await assertAddressIsFree(transaction, row);
    await assertRoom(transaction, 'administrator', row.tenant, administratorsMax);
    await transaction.insertInto('administrator').values(row).execute();
    const detail = `${row.email} as ${row.role}`;
    const audit = { tenant: row.tenant, action: 'added an administrator', detail };
    return { result: toAdministrator(row), audit };
  });
}

export async function administrators(
  { database }: DirectoryParts,
  tenant: string,
): Promise<readonly Administrator[]> {
  requireTenant(tenant, await findTenant(database.reader, tenant));
  const rows = await database.reader
    .selectFrom('administrator')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('email_key')
    .execute();
  return rows.map(toAdministrator);
}

export async function administratorByEmail(
  { database }: DirectoryParts,
  address: string,
): Promise<Administrator | undefined> {
  const row = await database.reader
    .selectFrom('administrator')
    .selectAll()
    .where('email_key', '=', emailKey(address))
    .executeTakeFirst();
  return row && toAdministrator(row);
}

export async function removeAdministrator(
  parts: DirectoryParts,
  tenant: string,
  address: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const found = await requireAdministrator(transaction, tenant, address);
    await transaction
      .deleteFrom('administrator')
      .where('email_key', '=', emailKey(address))
      .execute();
    const audit = { tenant, action: 'removed an administrator', detail: found.email };
    return { result: undefined, audit };
  });
}

/** Throws `not_found` when the tenant or the administrator does not exist. */
export async function requireAdministrator(
  connection: Reader,
  tenant: string,
  address: string,
): Promise<Administrator> {
  const row = await connection
    .selectFrom('administrator')
    .selectAll()
    .where('email_key', '=', emailKey(address))
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row !== undefined) return toAdministrator(row);
  requireTenant(tenant, await findTenant(connection, tenant));
  throw new AppError('not_found', `tenant ${tenant} has no administrator ${shown(address)}`);
}

/** Throws `input_invalid` when a tenant has as many rows in `table` as it may have. */
export async function assertRoom(
  connection: Reader,
  table: 'administrator' | 'api_client' | 'ingest_key' | 'connector',
  tenant: string,
  max: number,
): Promise<void> {
  const { count } = await connection
    .selectFrom(table)
    .select((query) => query.fn.countAll().as('count'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  if (Number(count) < max) return;
  const what = table.replace('_', ' ');
  throw new AppError(
    'input_invalid',
    `tenant ${tenant} may have at most ${max} ${what}s, has ${count}`,
  );
}

async function assertAddressIsFree(
  connection: Reader,
  { email_key, email: address }: Pick<AdministratorTable, 'email_key' | 'email'>,
): Promise<void> {
  const taken = await connection
    .selectFrom('administrator')
    .select('email')
    .where('email_key', '=', email_key)
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new AppError('already_exists', `${address} is an administrator already`);
}

function toAdministrator(row: Selectable<AdministratorTable>): Administrator {
  return {
    tenant: row.tenant,
    email: row.email,
    role: row.role,
    createdAtMs: row.created_at_ms,
  };
}
