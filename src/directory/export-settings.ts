import { z } from 'zod';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { Reader, Writer } from './database.ts';
import type { Actor, ExportSettings } from './directory.ts';
import { accept, acceptCategories, facility, flag } from './input.ts';
import { requireTenant } from './find-tenant.ts';

/** As inSync's console has it before an administrator switches the export on. */
const defaultSettings: ExportSettings = { enabled: false, categories: 'all', facility: 23 };

const storedCategories = z.union([z.literal('all'), z.array(z.string())]);
const knownSettings = z.strictObject(
  { enabled: z.unknown(), categories: z.unknown(), facility: z.unknown() },
  'may name enabled, categories and facility',
);

export async function insertDefaultExportSettings(
  transaction: Writer,
  tenant: string,
): Promise<void> {
  await transaction
    .insertInto('export_settings')
    .values({ tenant, ...toColumns(defaultSettings) })
    .execute();
}

/** Asked on every pull. */
export async function exportSettings(
  { database, caches }: DirectoryParts,
  tenant: string,
): Promise<ExportSettings> {
  const load = () => findSettings(database.reader, tenant);
  return requireTenant(tenant, await caches.settings.read(tenant, load));
}

export async function changeExportSettings(
  parts: DirectoryParts,
  tenant: string,
  wanted: Partial<ExportSettings>,
  actor: Actor,
): Promise<ExportSettings> {
  const accepted = acceptSettings(wanted, parts.categories);
  return change(parts, actor, async (transaction) => {
    const before = requireTenant(tenant, await findSettings(transaction, tenant));
    const after = { ...before, ...accepted };
    await transaction
      .updateTable('export_settings')
      .set(toColumns(after))
      .where('tenant', '=', tenant)
      .execute();
    const action = 'changed the export settings';
    return { result: after, audit: { tenant, action, detail: difference(before, after) } };
  });
}

function acceptSettings(
  wanted: Partial<ExportSettings>,
  known: readonly string[],
): Partial<ExportSettings> {
  accept('export settings', knownSettings.partial(), wanted);
  return {
    ...(wanted.enabled === undefined ? {} : { enabled: accept('enabled', flag, wanted.enabled) }),
    ...(wanted.categories === undefined
      ? {}
      : { categories: acceptCategories(wanted.categories, known) }),
    ...(wanted.facility === undefined
      ? {}
      : { facility: accept('facility', facility, wanted.facility) }),
  };
}

async function findSettings(
  connection: Reader,
  tenant: string,
): Promise<ExportSettings | undefined> {
  const row = await connection
    .selectFrom('export_settings')
    .select(['enabled', 'categories', 'facility'])
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    enabled: row.enabled === 1,
    categories: storedCategories.parse(JSON.parse(row.categories)),
    facility: row.facility,
  };
}

function toColumns({ enabled, categories, facility: number }: ExportSettings): {
  readonly enabled: 0 | 1;
  readonly categories: string;
  readonly facility: number;
} {
  return { enabled: enabled ? 1 : 0, categories: JSON.stringify(categories), facility: number };
}

function difference(before: ExportSettings, after: ExportSettings): string {
  const lines = (['enabled', 'categories', 'facility'] as const)
    .map((key) => ({ key, from: JSON.stringify(before[key]), to: JSON.stringify(after[key]) }))
    .filter(({ from, to }) => from !== to)
    .map(({ key, from, to }) => `${key} ${from} → ${to}`);
  return lines.length === 0 ? 'nothing changed' : lines.join(', ');
}
