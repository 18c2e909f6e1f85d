import { call } from '../../api/call.ts';
import { endpointUrl } from '../../api/endpoint.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { useTenant } from '../../session/session-context.ts';
import { ActivityFilters } from './activity-filters.tsx';
import { ActivityList } from './activity-list.tsx';
import { DownloadActivity } from './download-activity.tsx';
import { useActivityPages } from './use-activity-pages.ts';
import { useActivitySearch } from './use-activity-search.ts';

/** Every pull, every administrative act and every sign-in of the organization. */
export function ActivityScreen() {
  const tenant = useTenant();
  const { search, filter: found, hasFilter, change, clear } = useActivitySearch();
  const { tenant: _operatorsOnly, ...filter } = found;
  const path = { tenant };
  const folded = search.kind === undefined;
  const pages = useActivityPages([tenant, filter], (before, signal) =>
    call('GET /tenants/:tenant/activity', { path, query: { ...filter, folded, before } }, signal),
  );
  return (
    <>
      <PageHeader
        title="Activity"
        description="Who pulled, who changed what, who signed in: from where, and with what result."
        actions={
          <DownloadActivity
            href={endpointUrl('GET /tenants/:tenant/activity/download', { path, query: filter })}
          />
        }
      />
      <ActivityFilters search={search} onChange={change} />
      <ActivityList
        pages={pages}
        withTenant={false}
        withKind={folded}
        hasFilter={hasFilter}
        onClearFilters={clear}
      />
    </>
  );
}
