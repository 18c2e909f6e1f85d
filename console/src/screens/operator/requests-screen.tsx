import { Stack } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useApiQuery } from '../../api/use-api-query.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { RequestCard } from './request-card.tsx';

const refetchIntervalMs = 15_000;

/** Connectors that administrators asked for and that wait for the operator. */
export function RequestsScreen() {
  const query = useApiQuery('GET /operator/connector-requests', {}, { refetchIntervalMs });
  return (
    <>
      <PageHeader
        title="Connector requests"
        description="Approving one gives the organization an API ID and a key for its SIEM."
      />
      <QueryView query={query}>
        {({ requests }) =>
          requests.length === 0 ? (
            <EmptyState icon={<IconPlugConnected aria-hidden />} title="No request waits">
              When an administrator requests a connector it stands here until you approve or decline
              it.
            </EmptyState>
          ) : (
            <Stack gap="md">
              {requests.map((request) => (
                <RequestCard
                  key={`${request.tenant}/${request.connector.name}`}
                  request={request}
                />
              ))}
            </Stack>
          )
        }
      </QueryView>
    </>
  );
}
