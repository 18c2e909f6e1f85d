import { Paper } from '@mantine/core';
import { PageHeader } from '../../components/page-header.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { RoleGate } from '../../components/role-gate.tsx';
import { useTenant } from '../../session/session-context.ts';
import { PeoplePanel } from './people-panel.tsx';

export function PeopleScreen() {
  const tenant = useTenant();
  return (
    <>
      <PageHeader
        title="People"
        description="Who may look at your organization’s events and who may change its settings."
      />
      <RoleGate
        roles={['administrator']}
        otherwise={<EmptyState title="Only administrators see this list" />}
      >
        <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
          <PeoplePanel tenant={tenant} mayChange />
        </Paper>
      </RoleGate>
    </>
  );
}
