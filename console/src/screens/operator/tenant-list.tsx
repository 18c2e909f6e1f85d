import { Anchor, Group, Paper, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { TenantView } from '../../../../src/http/console-api/api-types.ts';
import { Bytes } from '../../components/bytes.tsx';
import { Count } from '../../components/count.tsx';
import { formatCounted } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { TenantBadges } from './tenant-badges.tsx';

/** From so many on a field to find one is worth its room. */
const findFrom = 8;

export function TenantList({ tenants }: { readonly tenants: readonly TenantView[] }) {
  const [wanted, setWanted] = useState('');
  const words = wanted.trim().toLowerCase();
  const shown = tenants.filter(
    ({ id, title }) => id.includes(words) || title.toLowerCase().includes(words),
  );
  return (
    <Stack gap="md">
      {tenants.length >= findFrom && (
        <TextInput
          type="search"
          label="Find an organization"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          maw={360}
        />
      )}
      {shown.length === 0 && <Text c="dimmed">No organization has that in its name.</Text>}
      <Stack hiddenFrom="sm" gap="sm">
        {shown.map((tenant) => (
          <TenantCard key={tenant.id} tenant={tenant} />
        ))}
      </Stack>
      {shown.length > 0 && (
        <Paper withBorder visibleFrom="sm">
          <Table.ScrollContainer type="native" minWidth={820}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Organization</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th ta="right">People</Table.Th>
                  <Table.Th ta="right">Events</Table.Th>
                  <Table.Th ta="right">Stored</Table.Th>
                  <Table.Th>Newest event</Table.Th>
                  <Table.Th>Last pull</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((tenant) => (
                  <TenantRow key={tenant.id} tenant={tenant} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Paper>
      )}
    </Stack>
  );
}

function TenantName({ tenant: { id, title } }: { readonly tenant: TenantView }) {
  return (
    <div>
      <Anchor
        component={Link}
        to={`/operator/tenants/${encodeURIComponent(id)}`}
        fw={600}
        size="sm"
      >
        <HostileText>{title}</HostileText>
      </Anchor>
      <Text size="xs" c="dimmed">
        {id}
      </Text>
    </div>
  );
}

function TenantRow({ tenant }: { readonly tenant: TenantView }) {
  const { people, events, storedBytes, newestEventMs, lastPullMs } = tenant;
  return (
    <Table.Tr>
      <Table.Td>
        <TenantName tenant={tenant} />
      </Table.Td>
      <Table.Td>
        <TenantBadges tenant={tenant} />
      </Table.Td>
      <Table.Td ta="right">
        <Count value={people} />
      </Table.Td>
      <Table.Td ta="right">
        <Count value={events} />
      </Table.Td>
      <Table.Td ta="right">
        <Bytes value={storedBytes} />
      </Table.Td>
      <Table.Td>
        <Time ms={newestEventMs} relative never="none yet" />
      </Table.Td>
      <Table.Td>
        <Time ms={lastPullMs} relative />
      </Table.Td>
    </Table.Tr>
  );
}

function TenantCard({ tenant }: { readonly tenant: TenantView }) {
  const { people, events, storedBytes, newestEventMs, lastPullMs } = tenant;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" align="flex-start" gap="xs" mb={6}>
        <TenantName tenant={tenant} />
        <TenantBadges tenant={tenant} />
      </Group>
      <Text size="sm" component="div">
        {formatCounted(events, 'event')} · <Bytes value={storedBytes} /> ·{' '}
        {formatCounted(people, 'person', 'people')}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        Newest event <Time ms={newestEventMs} relative never="none yet" /> · last pull{' '}
        <Time ms={lastPullMs} relative />
      </Text>
    </Paper>
  );
}
