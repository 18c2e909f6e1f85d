import { Group, Stack, Text } from '@mantine/core';
import type { WorkerView } from '../../../../src/http/console-api/api-types.ts';
import { formatCounted } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { HealthMark } from './health-mark.tsx';
import { Panel } from './panel.tsx';

interface WorkersPanelProps {
  readonly title: string;
  readonly workers: readonly WorkerView[];
}

/** Sources or sinks of this instance: what each does, in words. */
export function WorkersPanel({ title, workers }: WorkersPanelProps) {
  return (
    <Panel title={title}>
      <Stack gap="md">
        {workers.map((worker) => (
          <Worker key={`${worker.name} ${worker.stream}`} worker={worker} />
        ))}
      </Stack>
    </Panel>
  );
}

function Worker({ worker }: { readonly worker: WorkerView }) {
  const { name, stream, health, sentence, lagEvents, lastSuccessMs, lastError, nextTryMs } = worker;
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <HealthMark health={health} size={24} />
      <Stack gap={2} miw={0}>
        <Text size="sm" component="div">
          <b>
            <HostileText>{name}</HostileText>
          </b>{' '}
          <Text span size="sm" c="dimmed">
            {stream}
          </Text>
        </Text>
        <Text size="sm" component="div">
          <HostileText>{sentence}</HostileText>
        </Text>
        {lastError !== null && (
          <Text size="xs" c="var(--mantine-color-error)" component="div">
            <HostileText lengthMax={500}>{lastError}</HostileText>
          </Text>
        )}
        <Text size="xs" c="dimmed" component="div">
          Last success <Time ms={lastSuccessMs} relative />
          {lagEvents !== null && lagEvents > 0 && ` · ${formatCounted(lagEvents, 'event')} behind`}
          {nextTryMs !== null && (
            <>
              {' '}
              · tries again <Time ms={nextTryMs} relative />
            </>
          )}
        </Text>
      </Stack>
    </Group>
  );
}
