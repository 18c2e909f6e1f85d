import { Stack, Text } from '@mantine/core';
import { useApiQuery } from '../../../api/use-api-query.ts';
import { HostileText } from '../../../components/hostile-text.tsx';
import { PageHeader } from '../../../components/page-header.tsx';
import { QueryView } from '../../../components/query-view.tsx';
import { Time } from '../../../components/time.tsx';
import { useTenant } from '../../../session/session-context.ts';
import { EditionNotice } from './edition-notice.tsx';
import { EventExportForm } from './event-export-form.tsx';

export function EventExportScreen() {
  const tenant = useTenant();
  const settings = useApiQuery('GET /tenants/:tenant/export-settings', { path: { tenant } });
  return (
    <>
      <PageHeader
        title="Event export"
        description="Which inSync events your SIEM can pull through the Events API, and how they are marked."
      />
      <QueryView query={settings}>
        {(view) => (
          <Stack gap="lg">
            {!view.allowedByEdition && <EditionNotice editions={view.editionsWithIt} />}
            <EventExportForm settings={view} />
            {view.changedAtMs !== null && (
              <Text size="sm" c="dimmed">
                Last changed <Time ms={view.changedAtMs} /> by{' '}
                <HostileText>{view.changedBy ?? 'an unknown person'}</HostileText>.
              </Text>
            )}
          </Stack>
        )}
      </QueryView>
    </>
  );
}
