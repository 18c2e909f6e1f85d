import { AppError } from '../core/errors.ts';
import { assertName } from '../core/stream.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { lastPulls } from './credential-uses.ts';
import type { Actor, NewTenant, Tenant, TenantSummary } from './directory.ts';
import { insertDefaultExportSettings } from './export-settings.ts';
import { findTenant, requireTenant, toTenant } from './find-tenant.ts';
import { accept, edition, flag, name } from './input.ts';

export async function createTenant(
  parts: DirectoryParts,
  created: NewTenant,
  actor: Actor,
): Promise<Tenant> {
  assertName('tenant', created.id);
  const row = {
    id: created.id,
    title: accept('title', name, created.title),
    edition: accept('edition', edition, created.edition),
    enabled: 1,
    created_at_ms: parts.clock.nowMs(),
  } as const;
  return change(parts, actor, async (transaction) => {
    const found = await findTenant(transaction, row.id);
    if (found !== undefined) {
      throw new AppError('already_exists', `tenant ${row.id} exists already`);
    }
    const wrapped_key = await parts.keyring.newTenantKey(row.id, transaction);
    await transaction
      .insertInto('tenant')
      .values({ ...row, wrapped_key })
      .execute();
    await insertDefaultExportSettings(transaction, row.id);
    const detail = `${row.id}, edition ${row.edition}`;
    return {
      result: toTenant(row),
      audit: { tenant: row.id, action: 'created the tenant', detail },
    };
  });
}

export async function tenants({ database }: DirectoryParts): Promise<readonly Tenant[]> {
  const rows = await database.reader.selectFrom('tenant').selectAll().orderBy('id').execute();
  return rows.map(toTenant);
}

export async function tenantSummaries(parts: DirectoryParts): Promise<readonly TenantSummary[]> {
  const { reader } = parts.database;
  const [all, settings, people, pulls] = await Promise.all([
    tenants(parts),
    reader.selectFrom('export_settings').select(['tenant', 'enabled']).execute(),
    reader
      .selectFrom('person')
      .select(['tenant', (row) => row.fn.countAll().as('count')])
      .groupBy('tenant')
      .execute(),
    lastPulls(reader),
  ]);
  const enabled = new Set(settings.filter((row) => row.enabled === 1).map((row) => row.tenant));
  const counts = new Map(people.map(({ tenant: id, count }) => [id, Number(count)]));
  return all.map((one) => ({
    tenant: one,
    exportEnabled: enabled.has(one.id),
    people: counts.get(one.id) ?? 0,
    lastPullMs: pulls.get(one.id),
  }));
}

/** Asked on every pull. */
export async function tenant({ database, caches }: DirectoryParts, id: string): Promise<Tenant> {
  return requireTenant(id, await caches.tenants.read(id, () => findTenant(database.reader, id)));
}

export async function setTenantEnabled(
  parts: DirectoryParts,
  id: string,
  enabled: boolean,
  actor: Actor,
): Promise<Tenant> {
  accept('enabled', flag, enabled);
  return change(parts, actor, async (transaction) => {
    const found = requireTenant(id, await findTenant(transaction, id));
    await transaction
      .updateTable('tenant')
      .set({ enabled: enabled ? 1 : 0 })
      .where('id', '=', id)
      .execute();
    const action = enabled ? 'enabled the tenant' : 'disabled the tenant';
    return { result: { ...found, enabled }, audit: { tenant: id, action, detail: id } };
  });
}

export async function changeTenant(
  parts: DirectoryParts,
  id: string,
  wanted: Partial<Pick<NewTenant, 'title' | 'edition'>>,
  actor: Actor,
): Promise<Tenant> {
  const accepted = {
    ...(wanted.title === undefined ? {} : { title: accept('title', name, wanted.title) }),
    ...(wanted.edition === undefined
      ? {}
      : { edition: accept('edition', edition, wanted.edition) }),
  };
  return change(parts, actor, async (transaction) => {
    const found = requireTenant(id, await findTenant(transaction, id));
    const next = { ...found, ...accepted };
    await transaction
      .updateTable('tenant')
      .set({ title: next.title, edition: next.edition })
      .where('id', '=', id)
      .execute();
    const detail = `edition ${found.edition} → ${next.edition}, title ${found.title} → ${next.title}`;
    return { result: next, audit: { tenant: id, action: 'changed the tenant', detail } };
  });
}

/**
 * The rows that hang on the tenant go with it, its audit trail too; one entry that belongs to no
 * tenant says that it was deleted. With its key gone, nothing sealed for it can be read again.
 */
export async function deleteTenant(parts: DirectoryParts, id: string, actor: Actor): Promise<void> {
  await change(parts, actor, async (transaction) => {
    requireTenant(id, await findTenant(transaction, id));
    await transaction.deleteFrom('audit_entry').where('tenant', '=', id).execute();
    await transaction.deleteFrom('tenant').where('id', '=', id).execute();
    const audit = { tenant: undefined, action: 'deleted the tenant', detail: id };
    return { result: undefined, audit };
  });
  await parts.database.scrub();
}
