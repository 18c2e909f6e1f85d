import { Button, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlugConnected } from '@tabler/icons-react';
import { useApiQuery } from '../../../api/use-api-query.ts';
import { EmptyState } from '../../../components/empty-state.tsx';
import { PageHeader } from '../../../components/page-header.tsx';
import { QueryView } from '../../../components/query-view.tsx';
import { Section } from '../../../components/section.tsx';
import { useMayChange, useTenant } from '../../../session/session-context.ts';
import { Connector } from './connector.tsx';
import { RequestConnectorDialog } from './request-connector-dialog.tsx';

const watchApprovalMs = 15_000;

/** AppTrana's Settings › SIEM Integration › API Integration. */
export function SiemIntegrationScreen() {
  const tenant = useTenant();
  const mayChange = useMayChange();
  const query = useApiQuery(
    'GET /tenants/:tenant/connectors',
    { path: { tenant } },
    { refetchIntervalMs: watchApprovalMs },
  );
  const [isRequesting, { open, close }] = useDisclosure(false);
  const request = mayChange && <Button onClick={open}>Request a connector</Button>;
  return (
    <>
      <PageHeader
        title="SIEM Integration"
        description="API Integration: connectors with which your SIEM pulls the attacks that AppTrana saw."
        actions={request}
      />
      <QueryView query={query}>
        {({ connectors }) => (
          <Stack gap="lg">
            {connectors.length === 0 && (
              <Section title="API Integration">
                <EmptyState icon={<IconPlugConnected size={24} />} title="No connector yet">
                  {mayChange
                    ? 'Request one for each SIEM. The operator of this service approves it; then its API ID and key appear here.'
                    : 'An administrator of your organization can request one.'}
                </EmptyState>
              </Section>
            )}
            {connectors.map((connector) => (
              <Connector key={connector.name} connector={connector} />
            ))}
          </Stack>
        )}
      </QueryView>
      <RequestConnectorDialog opened={isRequesting} onClose={close} />
    </>
  );
}
