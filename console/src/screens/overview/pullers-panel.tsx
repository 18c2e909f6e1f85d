import { Anchor, Badge, Group, Stack, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Puller } from '../../../../src/http/console-api/api-types.ts';
import { Count } from '../../components/count.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { formatCounted, formatDuration } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { HealthMark } from './health-mark.tsx';
import { Panel } from './panel.tsx';

const kinds: Readonly<Record<Puller['kind'], string>> = {
  token: 'Token',
  'api-client': 'API client',
  connector: 'Connector',
};

interface PullersPanelProps {
  readonly pullers: readonly Puller[];
  readonly titleOf: (feed: string) => string;
}

/** Who takes the events away, and how far behind each is. */
export function PullersPanel({ pullers, titleOf }: PullersPanelProps) {
  return (
    <Panel title="Who pulls" description="Every credential with which a SIEM can take events away.">
      {pullers.length === 0 ? (
        <EmptyState title="Nobody can pull yet">
          Create a token under{' '}
          <Anchor component={Link} to="/settings/api">
            inSync APIs
          </Anchor>{' '}
          or request a connector under{' '}
          <Anchor component={Link} to="/settings/siem">
            SIEM Integration
          </Anchor>
          .
        </EmptyState>
      ) : (
        <>
          <Stack hiddenFrom="sm" gap="md">
            {pullers.map((puller) => (
              <PullerCard key={keyOf(puller)} puller={puller} title={titleOf(puller.feed)} />
            ))}
          </Stack>
          <Table.ScrollContainer type="native" minWidth={720} visibleFrom="sm">
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w="24%">Who</Table.Th>
                  <Table.Th>Last pull</Table.Th>
                  <Table.Th ta="right" style={{ whiteSpace: 'nowrap' }}>
                    In 24 hours
                  </Table.Th>
                  <Table.Th>Behind</Table.Th>
                  <Table.Th w="34%">Health</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {pullers.map((puller) => (
                  <PullerRow key={keyOf(puller)} puller={puller} title={titleOf(puller.feed)} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
    </Panel>
  );
}

interface PullerProps {
  readonly puller: Puller;
  /** Of the feed. */
  readonly title: string;
}

function PullerRow({ puller, title }: PullerProps) {
  const { lastPullMs, address, events24h, health, sentence } = puller;
  return (
    <Table.Tr>
      <Table.Td>
        <PullerName puller={puller} title={title} />
      </Table.Td>
      <Table.Td>
        <Time ms={lastPullMs} relative />
        {address !== null && (
          <Text size="xs" c="dimmed" component="div">
            from <HostileText>{address}</HostileText>
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <Count value={events24h} />
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>{lagSentence(puller)}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <HealthMark health={health} size={22} />
          <Text size="sm" component="span">
            <HostileText>{sentence}</HostileText>
          </Text>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function PullerCard({ puller, title }: PullerProps) {
  const { lastPullMs, events24h, health, sentence } = puller;
  const lag = lagSentence(puller);
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <HealthMark health={health} size={26} />
      <Stack gap={2} miw={0}>
        <PullerName puller={puller} title={title} />
        <Text size="sm" component="div">
          <HostileText>{sentence}</HostileText>
        </Text>
        <Text size="xs" c="dimmed" component="div">
          Last pull <Time ms={lastPullMs} relative /> · {formatCounted(events24h, 'event')} in 24
          hours{lag !== unknownLag && ` · ${lag.toLowerCase()} behind`}
        </Text>
      </Stack>
    </Group>
  );
}

function PullerName({ puller: { name, kind }, title }: PullerProps) {
  return (
    <div>
      <Text size="sm" fw={600} component="span">
        <HostileText>{name}</HostileText>
      </Text>
      <Group gap={6} mt={2}>
        <Badge size="xs" variant="default" radius="sm" tt="none" fw={500}>
          {kinds[kind]}
        </Badge>
        <Text size="xs" c="dimmed">
          {title}
        </Text>
      </Group>
    </div>
  );
}

const unknownLag = '–';

/** `Nothing`, `1,200 events · 5 minutes`; a dash when it cannot be known. */
function lagSentence({ lagEvents, lagMs }: Puller): string {
  const parts = [
    lagEvents === null || lagEvents === 0 ? undefined : formatCounted(lagEvents, 'event'),
    lagMs === null || lagMs < 1_000 ? undefined : formatDuration(lagMs),
  ].filter((part) => part !== undefined);
  if (parts.length > 0) return parts.join(' · ');
  return lagEvents === null && lagMs === null ? unknownLag : 'Nothing';
}

function keyOf({ kind, name, feed, api }: Puller): string {
  return JSON.stringify([kind, name, feed, api]);
}
