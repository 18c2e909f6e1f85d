import { Group, Stack, Table, Text } from '@mantine/core';
import type { NodeView } from '../../../../src/http/console-api/api-types.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { HealthMark } from '../overview/health-mark.tsx';
import { Panel } from '../overview/panel.tsx';

/** Named one by one up to here. */
const namedMax = 12;

/** The processes that share the store, and who does what only one may do. */
export function NodesPanel({ nodes }: { readonly nodes: readonly NodeView[] }) {
  return (
    <Panel
      title="Nodes"
      description="They share one store. Requests can go to any of them; what only one may do goes on elsewhere when its node dies."
    >
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Node</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th>Last seen</Table.Th>
              <Table.Th>Holds</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {nodes.map((node) => (
              <NodeRow key={node.name} node={node} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function NodeRow({ node }: { readonly node: NodeView }) {
  const { name, startedAtMs, lastSeenMs, alive, holds } = node;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <HealthMark health={alive ? 'good' : 'bad'} size={20} />
          <HostileText>{name}</HostileText>
        </Group>
      </Table.Td>
      <Table.Td>{startedAtMs === null ? '–' : <Time ms={startedAtMs} relative />}</Table.Td>
      <Table.Td>
        {alive ? (
          'alive'
        ) : (
          <>
            silent since <Time ms={lastSeenMs} relative />
          </>
        )}
      </Table.Td>
      <Table.Td>
        <Holds holds={holds} />
      </Table.Td>
    </Table.Tr>
  );
}

function Holds({ holds }: Pick<NodeView, 'holds'>) {
  if (holds.length === 0) return <Text size="sm">–</Text>;
  const more = holds.length - namedMax;
  return (
    <Stack gap={2}>
      {holds.slice(0, namedMax).map((name) => (
        <Text key={name} size="sm" component="div">
          <HostileText>{name}</HostileText>
        </Text>
      ))}
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more.toLocaleString('en')} more
        </Text>
      )}
    </Stack>
  );
}
