import { Badge, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { ActivityEntry } from '../../../../src/http/console-api/api-types.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { activityKinds } from './activity-search.ts';
import { FoldedPulls } from './folded-pulls.tsx';

interface ActivityTableProps {
  readonly entries: readonly ActivityEntry[];
  readonly withTenant: boolean;
  /** Entries of several kinds are among them. */
  readonly withKind: boolean;
}

/** Who did what, when, from where, with what result; as cards on a phone. */
export function ActivityTable({ entries, ...shown }: ActivityTableProps) {
  const { withTenant } = shown;
  return (
    <>
      <Stack hiddenFrom="sm" gap="xs">
        {entries.map((entry) => (
          <ActivityCard key={entry.id} entry={entry} {...shown} />
        ))}
      </Stack>
      <Paper withBorder visibleFrom="sm">
        <Table.ScrollContainer type="native" minWidth={720}>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Time</Table.Th>
                <Table.Th w="26%">Who</Table.Th>
                {withTenant && <Table.Th>Organization</Table.Th>}
                <Table.Th>What</Table.Th>
                <Table.Th>Result</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <ActivityRow key={entry.id} entry={entry} {...shown} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </>
  );
}

interface EntryProps extends Omit<ActivityTableProps, 'entries'> {
  readonly entry: ActivityEntry;
}

function ActivityRow({ entry, withTenant, withKind }: EntryProps) {
  const { atMs, actor, actorTitle, address, action, detail, kind, outcome, tenant } = entry;
  return (
    <Table.Tr>
      <Table.Td>
        <Time ms={atMs} />
      </Table.Td>
      <Table.Td>
        <HostileText>{actorTitle ?? actor}</HostileText>
        <Text size="xs" c="dimmed" component="div">
          {actorTitle !== null && (
            <>
              <HostileText>{actor}</HostileText>{' '}
            </>
          )}
          {address !== null && (
            <>
              from <HostileText>{address}</HostileText>
            </>
          )}
        </Text>
      </Table.Td>
      {withTenant && <Table.Td>{tenant ?? '–'}</Table.Td>}
      <Table.Td>
        <Group gap="xs">
          <Text size="sm" fw={550} component="span">
            <HostileText>{sentenceCase(action)}</HostileText>
          </Text>
          {withKind && (
            <Badge size="xs" variant="default" radius="sm" tt="none" fw={500}>
              {activityKinds[kind]}
            </Badge>
          )}
        </Group>
        {detail !== '' && (
          <Text size="sm" c="dimmed" component="div">
            <HostileText lengthMax={600}>{detail}</HostileText>
          </Text>
        )}
        <FoldedPulls entry={entry} withTenant={withTenant} />
      </Table.Td>
      <Table.Td>
        <Outcome outcome={outcome} />
      </Table.Td>
    </Table.Tr>
  );
}

function ActivityCard({ entry, withTenant }: EntryProps) {
  const { atMs, actor, actorTitle, address, action, detail, outcome, tenant } = entry;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Text size="sm" fw={600} component="div">
          <HostileText>{sentenceCase(action)}</HostileText>
        </Text>
        <Outcome outcome={outcome} />
      </Group>
      {detail !== '' && (
        <Text size="sm" component="div">
          <HostileText lengthMax={300}>{detail}</HostileText>
        </Text>
      )}
      <FoldedPulls entry={entry} withTenant={withTenant} />
      <Text size="xs" c="dimmed" component="div" mt={4}>
        {actorTitle !== null && (
          <>
            <HostileText>{actorTitle}</HostileText> ·{' '}
          </>
        )}
        <HostileText>{actor}</HostileText>
        {address !== null && (
          <>
            {' '}
            from <HostileText>{address}</HostileText>
          </>
        )}
        {withTenant && tenant !== null && ` · ${tenant}`} · <Time ms={atMs} />
      </Text>
    </Paper>
  );
}

/** By shape and word, not by colour alone. */
function Outcome({ outcome }: Pick<ActivityEntry, 'outcome'>) {
  const isSuccess = outcome === 'success';
  return (
    <Badge
      variant="light"
      color={isSuccess ? 'teal' : 'red'}
      radius="sm"
      tt="none"
      miw="max-content"
      leftSection={
        isSuccess ? <IconCheck size={12} aria-hidden /> : <IconX size={12} aria-hidden />
      }
    >
      {isSuccess ? 'Success' : 'Failure'}
    </Badge>
  );
}

function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
