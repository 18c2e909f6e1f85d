import { Button, Code, Group, Spoiler, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type {
  HealthView,
  QuarantinedEventView,
} from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Count } from '../../components/count.tsx';
import { HostileText } from '../../components/hostile-text.tsx';
import { notifyDone } from '../../components/notify.ts';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { Panel } from '../overview/panel.tsx';

/** What receivers refused for good, sink by sink. */
export function QuarantinePanel({ quarantined }: Pick<HealthView, 'quarantined'>) {
  return (
    <Panel
      title="Quarantine"
      description="Events a receiver refused for good. They wait for somebody to decide; nothing behind them waits."
    >
      <Stack gap="lg">
        {quarantined.map(({ sink, events }) => (
          <SinkQuarantine key={sink} sink={sink} events={events} />
        ))}
      </Stack>
    </Panel>
  );
}

function SinkQuarantine({ sink, events }: HealthView['quarantined'][number]) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" component="div">
          <b>{sink}</b> · <Count value={events} /> {events === 1 ? 'event' : 'events'}
        </Text>
        <Button variant="default" size="xs" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? `Hide the events of ${sink}` : `Show the events of ${sink}`}
        </Button>
      </Group>
      <Text size="xs" c="dimmed" component="div">
        To send them again: <Code>tailrace quarantine retry {sink} --config tailrace.yaml</Code>
      </Text>
      {isOpen && <Events sink={sink} />}
    </Stack>
  );
}

function Events({ sink }: { readonly sink: string }) {
  const query = useApiQuery('GET /operator/quarantine', { query: { sink } });
  return (
    <QueryView query={query}>
      {({ events, more }) => (
        <Stack gap="md">
          {events.map((event) => (
            <RefusedEvent key={`${event.stream} ${event.position}`} sink={sink} event={event} />
          ))}
          {more > 0 && (
            <Text size="sm" c="dimmed" component="div">
              and <Count value={more} /> more: <Code>tailrace quarantine list {sink}</Code>
            </Text>
          )}
        </Stack>
      )}
    </QueryView>
  );
}

interface RefusedEventProps {
  readonly sink: string;
  readonly event: QuarantinedEventView;
}

function RefusedEvent({ sink, event }: RefusedEventProps) {
  const { stream, position, type, reason, line, refusedAtMs } = event;
  return (
    <Group justify="space-between" align="flex-start" gap="sm" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} component="div">
          {stream} {position} · <HostileText>{type}</HostileText>
        </Text>
        <Text size="sm" component="div">
          <HostileText>{reason}</HostileText>
        </Text>
        <Text size="xs" c="dimmed" component="div">
          Refused <Time ms={refusedAtMs} relative />
        </Text>
        <Spoiler maxHeight={48} showLabel="Show the whole line" hideLabel="Show less">
          <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            <HostileText>{line}</HostileText>
          </Code>
        </Spoiler>
      </div>
      <DropButton sink={sink} event={event} />
    </Group>
  );
}

function DropButton({ sink, event: { stream, position } }: RefusedEventProps) {
  const [isAsking, setAsking] = useState(false);
  const drop = useApiMutation('POST /operator/quarantine/drop', [
    'GET /operator/quarantine',
    'GET /operator/health',
  ]);
  const name = `${stream} ${position}`;
  return (
    <>
      <Button
        variant="light"
        color="red"
        size="xs"
        onClick={() => setAsking(true)}
        aria-label={`Drop ${name} from the quarantine of ${sink}`}
      >
        Drop
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={`Drop ${name} from the quarantine of ${sink}?`}
        confirmLabel="Drop"
        consequence="This receiver does not get the event. It stays in the event store until retention ends, and a replay can send it again until then."
        onConfirm={async () => {
          await drop.mutateAsync({ body: { sink, stream, position } });
          notifyDone(`${name} is dropped from the quarantine of ${sink}.`);
        }}
      />
    </>
  );
}
