import { AppError } from '../core/errors.ts';
import { editionsWithEventsApi } from '../directory/directory.ts';
import type { Directory, ExportSettings, Principal, Tenant } from '../directory/directory.ts';

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
 * Throws `forbidden` when the tenant's edition has no Events API, or when its export is disabled and
 * that is answered with an error; `settings.enabled` tells the rest.
 */
export async function exportAccess(
  directory: Directory,
  principal: Principal,
  disabledAnswer: '403' | 'empty',
): Promise<ExportAccess> {
  const [tenant, settings] = await Promise.all([
    directory.tenant(principal.tenant),
    directory.exportSettings(principal.tenant),
  ]);
  if (!editionsWithEventsApi.has(tenant.edition)) throw new AppError('forbidden', noLicense);
  if (!settings.enabled && disabledAnswer === '403')
    throw new AppError('forbidden', exportDisabled);
  return { tenant, settings };
}

/** Whether events of `category` are recorded for export at all. */
export function isExported(category: string, { categories }: ExportSettings): boolean {
  return categories === 'all' || categories.includes(category);
}
