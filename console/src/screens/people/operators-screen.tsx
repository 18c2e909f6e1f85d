import { Paper } from '@mantine/core';
import { PageHeader } from '../../components/page-header.tsx';
import { PeoplePanel } from './people-panel.tsx';

export function OperatorsScreen() {
  return (
    <>
      <PageHeader
        title="Operators"
        description="Who runs this service: organizations, approvals, keys for ingest. Operators see no organization’s events or secrets."
      />
      <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
        <PeoplePanel tenant={null} mayChange />
      </Paper>
    </>
  );
}
