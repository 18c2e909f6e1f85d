import { Anchor, Paper, Progress, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { StorageView } from '../../../../src/http/console-api/api-types.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { Bytes } from '../../components/bytes.tsx';
import { Count } from '../../components/count.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { formatDuration, formatShare } from '../../components/format.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { Panel } from '../overview/panel.tsx';
import { Figure } from './figure.tsx';

const refetchIntervalMs = 30_000;

/** What is kept, how much room it takes, and for how long it stays. */
export function StorageScreen() {
  const query = useApiQuery('GET /operator/storage', {}, { refetchIntervalMs });
  return (
    <>
      <PageHeader
        title="Storage"
        description="What is kept of each stream. Retention is set in the configuration file."
      />
      <QueryView query={query}>{(storage) => <Content storage={storage} />}</QueryView>
    </>
  );
}

function Content({ storage }: { readonly storage: StorageView }) {
  const { streams, totalBytes, freeBytes, retention } = storage;
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
        <Figure title="Stored">
          <Bytes value={totalBytes} />
        </Figure>
        <Figure title="Free on the disk">
          <Bytes value={freeBytes} />
        </Figure>
        <Figure title="Events are kept for">{formatDuration(retention.eventsMs)}</Figure>
        <Figure title="Activity is kept for">{formatDuration(retention.auditMs)}</Figure>
      </SimpleGrid>
      <Panel title="Streams" description="One for each organization and product.">
        {streams.length === 0 ? (
          <EmptyState title="Nothing is stored yet">
            A stream begins with the first event that a product posts for an organization.
          </EmptyState>
        ) : (
          <>
            <Stack hiddenFrom="sm" gap="sm">
              {streams.map((stream) => (
                <StreamCard key={stream.stream} stream={stream} />
              ))}
            </Stack>
            <Table.ScrollContainer type="native" minWidth={680} visibleFrom="sm">
              <Streams streams={streams} totalBytes={totalBytes} />
            </Table.ScrollContainer>
          </>
        )}
      </Panel>
    </Stack>
  );
}

function Streams({ streams, totalBytes }: Pick<StorageView, 'streams' | 'totalBytes'>) {
  return (
    <Table verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Stream</Table.Th>
          <Table.Th ta="right">Events</Table.Th>
          <Table.Th ta="right">Position</Table.Th>
          <Table.Th ta="right">Stored</Table.Th>
          <Table.Th>Share</Table.Th>
          <Table.Th>Oldest</Table.Th>
          <Table.Th>Newest</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {streams.map((row) => {
          const share = totalBytes === 0 ? 0 : row.storedBytes / totalBytes;
          return (
            <Table.Tr key={row.stream}>
              <Table.Td>
                <StreamLink stream={row.stream} />
              </Table.Td>
              <Table.Td ta="right">
                <Count value={row.events} />
              </Table.Td>
              <Table.Td ta="right">
                <Count value={row.headPosition} />
              </Table.Td>
              <Table.Td ta="right">
                <Bytes value={row.storedBytes} />
              </Table.Td>
              <Table.Td miw={90}>
                <Progress
                  value={share * 100}
                  aria-label={`${formatShare(share)} of what is stored`}
                />
              </Table.Td>
              <Table.Td>
                <Time ms={row.oldestEventMs} relative never="–" />
              </Table.Td>
              <Table.Td>
                <Time ms={row.newestEventMs} relative never="–" />
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

function StreamCard({ stream: row }: { readonly stream: StorageView['streams'][number] }) {
  return (
    <Paper withBorder p="sm">
      <StreamLink stream={row.stream} />
      <Text size="sm" component="div">
        <Count value={row.events} /> events · <Bytes value={row.storedBytes} />
      </Text>
      <Text size="xs" c="dimmed" component="div">
        Newest <Time ms={row.newestEventMs} relative never="–" /> · oldest{' '}
        <Time ms={row.oldestEventMs} relative never="–" />
      </Text>
    </Paper>
  );
}

/** `tenant/feed`; leads to the tenant. */
function StreamLink({ stream }: { readonly stream: string }) {
  const [tenant = ''] = stream.split('/');
  return (
    <Anchor component={Link} to={`/operator/tenants/${encodeURIComponent(tenant)}`} size="sm">
      {stream}
    </Anchor>
  );
}
