import type { NumberedAuditEntry } from '../../../directory/directory.ts';
import type { Service } from '../../service.ts';

/** What people call the credentials that pulled, by `titleKey`. */
export type ActorTitles = ReadonlyMap<string, string>;

/** Of the tenants that pulled among `entries`: names of API clients and connectors by their ids. */
export async function actorTitles(
  directory: Service['directory'],
  entries: readonly NumberedAuditEntry[],
): Promise<ActorTitles> {
  const pulls = entries.filter(({ kind }) => kind === 'pulls');
  const tenants = new Set(pulls.flatMap(({ tenant }) => tenant ?? []));
  const titles = new Map<string, string>();
  for (const tenant of tenants) {
    // oxlint-disable-next-line no-await-in-loop -- a page shows few tenants, mostly one
    for (const { clientId, name } of await directory.apiClients(tenant)) {
      titles.set(titleKey(tenant, clientId), name);
    }
    // oxlint-disable-next-line no-await-in-loop
    for (const { name, approval } of await directory.connectors(tenant)) {
      if (approval !== undefined) titles.set(titleKey(tenant, approval.apiId), name);
    }
  }
  return titles;
}

export function titleKey(tenant: string, actor: string): string {
  return `${tenant}\n${actor}`;
}
