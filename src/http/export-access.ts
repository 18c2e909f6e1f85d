import { AppError } from '../core/errors.ts';
import { editionsWithEventsApi } from '../directory/directory.ts';
import type { Directory, ExportSettings, Principal, Tenant } from '../directory/directory.ts';
import { appTrana } from '../feeds/apptrana.ts';
import type { Feed } from '../feeds/feed.ts';
import { inSync } from '../feeds/insync.ts';

/** The sentence of the documented answer 403. */
const noLicense = 'You do not have valid license to access the Events API. Contact Druva Support.';
const exportDisabled =
  'The export of events is disabled. An administrator can enable it in the Events API settings.';

/** What a principal may read. */
export interface ExportAccess {
  readonly tenant: Tenant;
  readonly settings: ExportSettings;
}

/**
 * Throws `forbidden` for a connector that asks for anything but attacks. Edition and switch are those
 * of inSync's Events API: throws `forbidden` when the tenant's edition has none, or when its export is
 * disabled and that is answered with an error; `settings.enabled` tells the rest.
 */
export async function exportAccess(
  directory: Directory,
  principal: Principal,
  feed: Feed,
  disabledAnswer: '403' | 'empty',
): Promise<ExportAccess> {
  if (principal.kind === 'connector' && feed.name !== appTrana.name) {
    throw new AppError('forbidden', `a connector may read the feed ${appTrana.name} only`);
  }
  const [tenant, settings] = await Promise.all([
    directory.tenant(principal.tenant),
    directory.exportSettings(principal.tenant),
  ]);
  if (feed.name !== inSync.name) return { tenant, settings: { ...settings, enabled: true } };
  if (!editionsWithEventsApi.has(tenant.edition)) throw new AppError('forbidden', noLicense);
  if (!settings.enabled && disabledAnswer === '403')
    throw new AppError('forbidden', exportDisabled);
  return { tenant, settings };
}

/** Whether events of `category` are recorded for export at all. */
export function isExported(category: string, { categories }: ExportSettings): boolean {
  return categories === 'all' || categories.includes(category);
}

/** Categories are chosen for inSync's events; those of other feeds are recorded whole. */
export function recordedCategories(
  feed: Feed,
  { categories }: ExportSettings,
): ExportSettings['categories'] {
  return feed.name === inSync.name ? categories : 'all';
}
