import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { GapView } from '../../../../src/http/console-api/api-types.ts';
import { formatCounted } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { Panel } from './panel.tsx';

interface GapsPanelProps {
  readonly gaps: readonly GapView[];
  readonly titleOf: (feed: string) => string;
}

/** Events that are known to be missing. */
export function GapsPanel({ gaps, titleOf }: GapsPanelProps) {
  return (
    <Panel title="Gaps">
      {gaps.length === 0 ? (
        <Text size="sm" c="dimmed">
          No event is known to be missing.
        </Text>
      ) : (
        <Stack gap="sm">
          {gaps.map((gap) => (
            <Gap key={`${gap.feed} ${gap.position}`} gap={gap} title={titleOf(gap.feed)} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function Gap({ gap, title }: { readonly gap: GapView; readonly title: string }) {
  const { feed, position, noticedAtMs, fromMs, untilMs, count, reason } = gap;
  return (
    <div>
      <Text size="sm" component="div">
        <b>{count === null ? 'Events' : formatCounted(count, 'event')}</b> of {title} missing
        {fromMs !== null && (
          <>
            {' '}
            from <Time ms={fromMs} />
          </>
        )}
        {untilMs !== null && (
          <>
            {' '}
            until <Time ms={untilMs} />
          </>
        )}
        : <HostileText>{reason}</HostileText>
      </Text>
      <Text size="xs" c="dimmed" component="div">
        Noticed <Time ms={noticedAtMs} relative /> ·{' '}
        <Anchor
          component={Link}
          size="xs"
          underline="always"
          to={`/events?${new URLSearchParams({ feed, event: String(position) }).toString()}`}
        >
          The record in the stream
        </Anchor>
      </Text>
    </div>
  );
}
