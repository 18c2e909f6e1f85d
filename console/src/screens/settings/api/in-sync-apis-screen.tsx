import { Stack } from '@mantine/core';
import { PageHeader } from '../../../components/page-header.tsx';
import { RoleGate } from '../../../components/role-gate.tsx';
import { AccessToken } from './access-token.tsx';
import { ApiClients } from './api-clients.tsx';
import { TokenList } from './token-list.tsx';

export function InSyncApisScreen() {
  return (
    <>
      <PageHeader
        title="inSync APIs"
        description="The credentials with which your SIEM pulls inSync events."
      />
      <Stack gap="lg">
        <RoleGate roles={['administrator']}>
          <AccessToken />
        </RoleGate>
        <ApiClients />
        <TokenList />
      </Stack>
    </>
  );
}
