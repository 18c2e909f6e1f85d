import { Anchor, Breadcrumbs, Stack } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { useApiQuery } from '../../api/use-api-query.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { PeoplePanel } from '../people/people-panel.tsx';
import { Panel } from '../overview/panel.tsx';
import { IngestKeysPanel } from './ingest-keys-panel.tsx';
import { TenantActions } from './tenant-actions.tsx';
import { TenantBadges } from './tenant-badges.tsx';
import { TenantUsage } from './tenant-usage.tsx';

const refetchIntervalMs = 15_000;

/** One organization: how much it uses, who its people are, with which keys its events come in. */
export function TenantScreen() {
  const { tenant: id = '' } = useParams();
  const query = useApiQuery('GET /operator/tenants', {}, { refetchIntervalMs });
  return (
    <>
      <Breadcrumbs mb="xs">
        <Anchor component={Link} to="/operator/tenants" size="sm">
          Organizations
        </Anchor>
        <span>{id}</span>
      </Breadcrumbs>
      <QueryView query={query}>
        {({ tenants }) => {
          const tenant = tenants.find((known) => known.id === id);
          if (tenant === undefined) {
            return (
              <>
                <PageHeader title="Organization" />
                <EmptyState title={`There is no organization ${id}`} />
              </>
            );
          }
          return (
            <>
              <PageHeader
                title={tenant.title}
                description={<TenantBadges tenant={tenant} />}
                actions={<TenantActions tenant={tenant} />}
              />
              <Stack gap="md">
                <TenantUsage tenant={tenant} />
                <Panel
                  title="People"
                  description="Administrators change the settings of their organization; viewers look."
                >
                  <PeoplePanel tenant={id} mayChange />
                </Panel>
                <IngestKeysPanel tenant={id} />
              </Stack>
            </>
          );
        }}
      </QueryView>
    </>
  );
}
