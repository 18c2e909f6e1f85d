import { call } from '../../api/call.ts';
import { endpointUrl } from '../../api/endpoint.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { ActivityFilters } from '../activity/activity-filters.tsx';
import { ActivityList } from '../activity/activity-list.tsx';
import { DownloadActivity } from '../activity/download-activity.tsx';
import { useActivityPages } from '../activity/use-activity-pages.ts';
import { useActivitySearch } from '../activity/use-activity-search.ts';

/** What everybody did, in every organization and outside of them. */
export function OperatorActivityScreen() {
  const { search, filter, hasFilter, change, clear } = useActivitySearch();
  const tenants = useApiQuery('GET /operator/tenants', {});
  const folded = search.kind === undefined;
  const pages = useActivityPages(['operator', filter], (before, signal) =>
    call('GET /operator/activity', { query: { ...filter, folded, before } }, signal),
  );
  return (
    <>
      <PageHeader
        title="Activity"
        description="Every pull, change and sign-in, in every organization and of the operators."
        actions={
          <DownloadActivity
            href={endpointUrl('GET /operator/activity/download', { query: filter })}
          />
        }
      />
      <ActivityFilters search={search} tenants={tenants.data?.tenants ?? []} onChange={change} />
      <ActivityList
        pages={pages}
        withTenant
        withKind={folded}
        hasFilter={hasFilter}
        onClearFilters={clear}
      />
    </>
  );
}
