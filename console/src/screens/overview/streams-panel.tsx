import { Anchor, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { StreamView } from '../../../../src/http/console-api/api-types.ts';
import { formatCount } from '../../components/format.ts';
import { Time } from '../../components/time.tsx';
import { Panel } from './panel.tsx';

/** What is kept of each product's events. */
export function StreamsPanel({ streams }: { readonly streams: readonly StreamView[] }) {
  return (
    <Panel title="Kept here" description="What can still be pulled, or pulled again.">
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 1 }} spacing="md">
        {streams.map((stream) => (
          <Stream key={stream.feed} stream={stream} />
        ))}
      </SimpleGrid>
    </Panel>
  );
}

function Stream({ stream }: { readonly stream: StreamView }) {
  const { feed, title, headPosition, firstRetainedPosition, oldestEventMs, newestEventMs } = stream;
  const kept = Math.max(0, headPosition - firstRetainedPosition + 1);
  return (
    <Stack gap={2}>
      <Anchor component={Link} to={`/events?feed=${encodeURIComponent(feed)}`} fw={600} size="sm">
        {title}
      </Anchor>
      <Text size="xl" fw={650} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {formatCount(kept)}
        <Text span size="sm" fw={400} c="dimmed">
          {kept === 1 ? ' event' : ' events'}
        </Text>
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {kept === 0 ? (
          'No event yet'
        ) : (
          <>
            Newest <Time ms={newestEventMs} relative /> · oldest{' '}
            <Time ms={oldestEventMs} relative />
          </>
        )}
      </Text>
    </Stack>
  );
}
