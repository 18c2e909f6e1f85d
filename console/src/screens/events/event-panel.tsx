import { ActionIcon, Group, Title, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { isCallStatus } from '../../api/call-error.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { formatCount } from '../../components/format.ts';
import { LoadingState } from '../../components/loading-state.tsx';
import { EventDetails } from './event-details.tsx';
import classes from './event-panel.module.css';

interface EventPanelProps {
  readonly tenant: string;
  readonly feed: string;
  readonly position: number;
  readonly onClose: () => void;
}

/** One event with everything there is to know about it. */
export function EventPanel({ tenant, feed, position, onClose }: EventPanelProps) {
  const { data, error, isPlaceholderData, refetch } = useApiQuery(
    'GET /tenants/:tenant/events/:feed/:position',
    { path: { tenant, feed, position: String(position) } },
    { keepPrevious: true },
  );
  const isShown = data !== undefined && (error === null || isPlaceholderData);
  return (
    <section
      className={classes['panel']}
      aria-label={`Event ${formatCount(position)}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <Group className={classes['head']} justify="space-between" wrap="nowrap" gap="xs">
        <Title order={2} size="h5">
          Event {formatCount(position)}
        </Title>
        <Tooltip label="Close (Esc)" withArrow>
          <ActionIcon variant="subtle" color="gray" aria-label="Close the event" onClick={onClose}>
            <IconX size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
      <div className={classes['body']} tabIndex={0} role="group" aria-label="What is in it">
        {isShown ? (
          <EventDetails event={data} />
        ) : (
          <Missing error={error} onRetry={() => void refetch()} />
        )}
      </div>
    </section>
  );
}

function Missing({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  if (isCallStatus(error, 404)) {
    return (
      <EmptyState title="This event is no longer kept">
        It is older than the events that are retained, or there never was one at this position.
      </EmptyState>
    );
  }
  if (error !== null) return <ErrorState error={error} onRetry={onRetry} />;
  return <LoadingState rows={8} />;
}
