import { Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import type { HealthView } from '../../../../src/http/console-api/api-types.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { Bytes } from '../../components/bytes.tsx';
import { Count } from '../../components/count.tsx';
import { formatDuration, formatShare } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { HealthMark } from '../overview/health-mark.tsx';
import { Panel } from '../overview/panel.tsx';
import { WorkersPanel } from '../overview/workers-panel.tsx';
import { Figure } from './figure.tsx';
import { NodesPanel } from './nodes-panel.tsx';
import { QuarantinePanel } from './quarantine-panel.tsx';
import { serviceSentence } from './service-sentence.ts';

const refetchIntervalMs = 5_000;

/** Whether this instance of the service is well. */
export function HealthScreen() {
  const query = useApiQuery('GET /operator/health', {}, { refetchIntervalMs });
  return (
    <>
      <PageHeader title="Health" description="Of this instance of the service." />
      <QueryView query={query}>{(health) => <Content health={health} />}</QueryView>
    </>
  );
}

function Content({ health }: { readonly health: HealthView }) {
  const { checks, sources, sinks, quarantined, version, startedAtMs } = health;
  const { health: word, sentence } = serviceSentence(health);
  return (
    <Stack gap="md">
      <Paper withBorder p="lg" component="section" aria-label="How it is">
        <Group gap="md" wrap="nowrap">
          <HealthMark health={word} size={40} />
          <div>
            <Text size="lg" fw={600}>
              {sentence}
            </Text>
            <Text size="sm" c="dimmed" component="div">
              Version {version}, started <Time ms={startedAtMs} relative />
            </Text>
          </div>
        </Group>
      </Paper>
      <ProcessFigures process={health.process} />
      <Panel title="Checks">
        <Stack gap="sm">
          {checks.map(({ name, ok, detail }) => (
            <Group key={name} gap="sm" wrap="nowrap" align="flex-start">
              <HealthMark health={ok ? 'good' : 'bad'} size={22} />
              <Text size="sm" component="div">
                <b>{name}</b> <HostileText>{detail}</HostileText>
              </Text>
            </Group>
          ))}
        </Stack>
      </Panel>
      {quarantined.length > 0 && <QuarantinePanel quarantined={quarantined} />}
      {health.nodes.length > 0 && <NodesPanel nodes={health.nodes} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {sources.length > 0 && <WorkersPanel title="Sources" workers={sources} />}
        {sinks.length > 0 && <WorkersPanel title="Sinks" workers={sinks} />}
      </SimpleGrid>
      {sources.length + sinks.length === 0 && (
        <Text size="sm" c="dimmed">
          This instance has no sources and no sinks: it serves the export APIs only.
        </Text>
      )}
    </Stack>
  );
}

function ProcessFigures({ process }: Pick<HealthView, 'process'>) {
  const { residentBytes, cpuShare, connections, uptimeMs } = process;
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
      <Figure title="Memory">
        <Bytes value={residentBytes} />
      </Figure>
      <Figure title="Processor, of one core">{formatShare(cpuShare)}</Figure>
      <Figure title="Connections">
        <Count value={connections} />
      </Figure>
      <Figure title="Up for">{formatDuration(uptimeMs)}</Figure>
    </SimpleGrid>
  );
}
