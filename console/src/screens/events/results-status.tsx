import { ActionIcon, Badge, Button, Group, Progress, Text, Tooltip } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { ErrorState } from '../../components/error-state.tsx';
import { formatCounted, formatShare } from '../../components/format.ts';
import { StatusMessage } from '../../components/status-message.tsx';
import { Time } from '../../components/time.tsx';
import type { EventPages, Scan } from './use-event-pages.ts';
import type { LiveTail } from './use-live-tail.ts';

interface ResultsStatusProps {
  readonly pages: EventPages;
  readonly tail: LiveTail;
  readonly isLive: boolean;
  readonly onRefresh: () => void;
}

/** Screen readers hear how it stands, not every step. */
const announceMs = 2_000;
const longMs = 800;

/** How far the search has looked, and what the live tail does. */
export function ResultsStatus({ pages, tail, isLive, onRefresh }: ResultsStatusProps) {
  const { scan: found, rows, stop, resume } = pages;
  const scan = useUnhurried(found);
  const sentence = `${scanSentence(scan, rows.length)}${liveSentence(tail, isLive)}`;
  const [announced] = useDebouncedValue(sentence, announceMs);
  return (
    <div>
      <StatusMessage message={announced} />
      {scan.kind === 'failed' && (
        <ErrorState error={scan.error} title="The search stopped" onRetry={resume} />
      )}
      <Group gap="sm" mih={30} data-scan={scan.kind}>
        {isLive && <LiveBadge tail={tail} />}
        <Text size="sm" c="dimmed" component="div">
          {sentence}
          {'reachedMs' in scan && scan.reachedMs !== undefined && (
            <>
              , back to <Time ms={scan.reachedMs} />
            </>
          )}
        </Text>
        {scan.kind === 'searching' && <Searching share={scan.share} onStop={stop} />}
        {scan.kind === 'stopped' && (
          <Button size="compact-sm" variant="default" onClick={resume}>
            Continue
          </Button>
        )}
        {!isLive && scan.kind !== 'searching' && (
          <Tooltip label="Look again for the newest" withArrow>
            <ActionIcon
              variant="subtle"
              size="sm"
              aria-label="Look again for the newest events"
              onClick={onRefresh}
            >
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
    </div>
  );
}

/** A search that ends soon is not worth a progress bar that comes and goes. */
function useUnhurried(scan: Scan): Scan {
  const isSearching = scan.kind === 'searching';
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isSearching) return undefined;
    const timer = window.setTimeout(() => setLong(true), longMs);
    return () => {
      window.clearTimeout(timer);
      setLong(false);
    };
  }, [isSearching]);
  return isSearching && !isLong ? { kind: 'ready' } : scan;
}

function Searching({ share, onStop }: { readonly share: number; readonly onStop: () => void }) {
  return (
    <>
      <Progress value={share * 100} w={160} aria-label="Share of the time range that is searched" />
      <Button size="compact-sm" variant="default" onClick={onStop}>
        Cancel
      </Button>
    </>
  );
}

function LiveBadge({ tail }: { readonly tail: LiveTail }) {
  if (tail.trouble !== undefined) {
    return (
      <Badge color="orange" variant="light" radius="sm" tt="none">
        Live: trying again
      </Badge>
    );
  }
  return (
    <Badge variant="light" radius="sm" tt="none" color={tail.isPaused ? 'gray' : 'teal'}>
      {tail.isPaused ? 'Live: paused' : 'Live'}
    </Badge>
  );
}

function liveSentence({ rows, trouble }: LiveTail, isLive: boolean): string {
  if (!isLive) return rows.length === 0 ? '' : ` · and ${formatCounted(rows.length, 'newer one')}`;
  if (trouble !== undefined) return ` · ${trouble}`;
  return rows.length === 0
    ? ' · waiting for new ones'
    : ` · ${formatCounted(rows.length, 'new one')}`;
}

function scanSentence(scan: Scan, rowCount: number): string {
  const found = formatCounted(rowCount, 'event');
  if (scan.kind === 'searching') return `${found} so far · searched ${formatShare(scan.share)}`;
  if (scan.kind === 'stopped') return `${found} · stopped after ${formatShare(scan.share)}`;
  if (rowCount === 0) return emptySentences[scan.kind];
  return {
    failed: `${found} · the search stopped`,
    ready: `The newest ${found}; older ones follow below`,
    complete: rowCount === 1 ? 'The only event that matches' : `All ${found} that match`,
    full: `The newest ${found}. Choose a shorter time to see older ones, or download them`,
  }[scan.kind];
}

const emptySentences = {
  failed: 'The search stopped',
  ready: 'Looking …',
  complete: 'No event matches',
  full: '',
} as const;
