import { Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import type { ApiClientView } from '../../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { useApiQuery } from '../../../api/use-api-query.ts';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { CopyButton } from '../../../components/copy-button.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { HostileText } from '../../../components/hostile-text.tsx';
import { notifyDone } from '../../../components/notify.ts';
import { QueryView } from '../../../components/query-view.tsx';
import { Records, type RecordColumn } from '../../../components/records.tsx';
import { Section } from '../../../components/section.tsx';
import { Time } from '../../../components/time.tsx';
import { useMayChange, useTenant } from '../../../session/session-context.ts';
import { NewApiClientDialog } from './new-api-client-dialog.tsx';

/** Client ID and secret for Events API v2. */
export function ApiClients() {
  const tenant = useTenant();
  const mayChange = useMayChange();
  const query = useApiQuery('GET /tenants/:tenant/api-clients', { path: { tenant } });
  const [isCreating, { open, close }] = useDisclosure(false);
  return (
    <Section
      title="API credentials"
      description="For Events API v2 (OAuth 2.0 client credentials). They belong to the organization and do not expire."
      actions={mayChange && <Button onClick={open}>Create credentials</Button>}
    >
      <QueryView query={query}>
        {({ apiClients }) =>
          apiClients.length === 0 ? (
            <EmptyState title="No API credentials yet">
              SIEMs that speak Druva&rsquo;s API v2 ask for a client ID and a client secret.
            </EmptyState>
          ) : (
            <ApiClientTable apiClients={apiClients} mayChange={mayChange} />
          )
        }
      </QueryView>
      <NewApiClientDialog opened={isCreating} onClose={close} />
    </Section>
  );
}

const columns: readonly RecordColumn<ApiClientView>[] = [
  { title: 'Name', cell: ({ name }) => <HostileText>{name}</HostileText> },
  {
    title: 'Client ID',
    cell: ({ name, clientId }) => (
      <Group gap={4} wrap="nowrap">
        <HostileText monospace>{clientId}</HostileText>
        <CopyButton value={clientId} label={`Copy the client ID of ${name}`} />
      </Group>
    ),
  },
  { title: 'Created', cell: ({ createdAtMs }) => <Time ms={createdAtMs} relative /> },
  {
    title: 'Last used',
    cell: ({ lastUsedAtMs }) => <Time ms={lastUsedAtMs} relative never="not yet" />,
  },
];

function revokeColumn(onRevoke: (apiClient: ApiClientView) => void): RecordColumn<ApiClientView> {
  return {
    title: '',
    cell: (apiClient) => (
      <Button
        size="xs"
        variant="subtle"
        color="red"
        aria-label={`Revoke ${apiClient.name}`}
        onClick={() => onRevoke(apiClient)}
      >
        Revoke
      </Button>
    ),
  };
}

interface ApiClientTableProps {
  readonly apiClients: readonly ApiClientView[];
  readonly mayChange: boolean;
}

function ApiClientTable({ apiClients, mayChange }: ApiClientTableProps) {
  const [revoked, setRevoked] = useState<ApiClientView>();
  return (
    <Stack>
      <Records
        label="API credentials"
        rows={apiClients}
        rowKey={({ clientId }) => clientId}
        columns={mayChange ? [...columns, revokeColumn(setRevoked)] : columns}
      />
      <RevokeApiClient apiClient={revoked} onClose={() => setRevoked(undefined)} />
    </Stack>
  );
}

interface RevokeApiClientProps {
  readonly apiClient: ApiClientView | undefined;
  readonly onClose: () => void;
}

function RevokeApiClient({ apiClient, onClose }: RevokeApiClientProps) {
  const tenant = useTenant();
  const revoke = useApiMutation('DELETE /tenants/:tenant/api-clients/:clientId', [
    'GET /tenants/:tenant/api-clients',
  ]);
  return (
    <ConfirmDialog
      opened={apiClient !== undefined}
      onClose={onClose}
      title={`Revoke ${apiClient?.name ?? ''}?`}
      consequence="The client ID, its secret and every access token issued for them end at once, for good. What pulls with them needs new credentials; it continues where it was."
      confirmLabel="Revoke"
      typeToConfirm={apiClient?.name ?? ''}
      onConfirm={async () => {
        await revoke.mutateAsync({ path: { tenant, clientId: apiClient?.clientId ?? '' } });
        notifyDone('The credentials are revoked.');
      }}
    />
  );
}
