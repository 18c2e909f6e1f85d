import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import { editionsWithEventsApi } from '../../../directory/directory.ts';
import type { Directory, ExportSettings } from '../../../directory/directory.ts';
import { inSync } from '../../../feeds/insync.ts';
import type { ExportSettingsView } from '../api-types.ts';
import { InvalidFields } from '../console-failure.ts';
import type { EndpointsOf } from '../endpoint.ts';

type SettingsEndpoint =
  'GET /tenants/:tenant/export-settings' | 'PATCH /tenants/:tenant/export-settings';

const categoryNames = inSync.categories.map(({ name }) => name);
const facilityRange = 'must be 1 to 23';

const settingsChange = z
  .strictObject({
    enabled: z.boolean('must be true or false'),
    categories: z.union(
      [
        z.literal('all'),
        z
          .array(z.enum(categoryNames, 'must be of the catalogue'))
          .min(1, 'must name at least one category'),
      ],
      "must be 'all' or names of the catalogue",
    ),
    facility: z.int(facilityRange).min(1, facilityRange).max(23, facilityRange),
  })
  .partial();

export const settingsEndpoints: EndpointsOf<SettingsEndpoint> = {
  'GET /tenants/:tenant/export-settings': {
    who: 'member',
    handle: async ({ params, service: { directory } }) =>
      settingsView(directory, params.tenant, await directory.exportSettings(params.tenant)),
  },
  'PATCH /tenants/:tenant/export-settings': {
    who: 'administrator',
    body: settingsChange,
    handle: async ({ params, body, actor, service: { directory } }) => {
      if (Object.values(body).every((value) => value === undefined)) {
        throw new InvalidFields({ body: 'must change something' });
      }
      await assertMayEnable(directory, params.tenant, body.enabled);
      const { enabled, categories, facility } = body;
      const change = {
        ...(enabled !== undefined && { enabled }),
        ...(categories !== undefined && { categories }),
        ...(facility !== undefined && { facility }),
      };
      const changed = await directory.changeExportSettings(params.tenant, change, actor);
      return settingsView(directory, params.tenant, changed);
    },
  },
};

async function settingsView(
  directory: Directory,
  tenant: string,
  settings: ExportSettings,
): Promise<ExportSettingsView> {
  const [{ edition }, lastChange] = await Promise.all([
    directory.tenant(tenant),
    lastSettingsChange(directory, tenant),
  ]);
  return {
    ...settings,
    allowedByEdition: editionsWithEventsApi.has(edition),
    editionsWithIt: [...editionsWithEventsApi],
    choices: inSync.categories.map(({ name, eventTypes }) => ({
      name,
      types: eventTypes.map((type) => type.name),
    })),
    changedAtMs: lastChange?.atMs ?? null,
    changedBy: lastChange?.actor.name ?? null,
  };
}

/** As far back as one look into the audit trail reaches. */
async function lastSettingsChange(directory: Directory, tenant: string) {
  const text = 'changed the export settings';
  const { entries } = await directory.auditPage({ tenant, kind: 'changes', text, limit: 1 });
  return entries[0];
}

/** Switching it on would change nothing: the edition refuses every pull. */
async function assertMayEnable(
  directory: Directory,
  tenant: string,
  enabled: boolean | undefined,
): Promise<void> {
  if (enabled !== true) return;
  const { edition } = await directory.tenant(tenant);
  if (editionsWithEventsApi.has(edition)) return;
  const editions = [...editionsWithEventsApi].join(' and ');
  throw new AppError('forbidden', `the edition ${edition} has no Events API; ${editions} have it`);
}
