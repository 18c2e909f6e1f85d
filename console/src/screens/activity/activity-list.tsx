import { Button, Center, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import type { ActivityEntry } from '../../../../src/http/console-api/api-types.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { formatCounted } from '../../components/format.ts';
import { LoadingState } from '../../components/loading-state.tsx';
import { ActivityTable } from './activity-table.tsx';
import type { ActivityPages } from './use-activity-pages.ts';

interface ActivityListProps {
  readonly pages: ActivityPages;
  readonly withTenant: boolean;
  readonly withKind: boolean;
  readonly hasFilter: boolean;
  readonly onClearFilters: () => void;
}

export function ActivityList(props: ActivityListProps) {
  const { pages, withTenant, withKind, hasFilter, onClearFilters } = props;
  const { entries, error, isLoading, isLoadingMore, hasMore, loadMore, retry } = pages;
  if (isLoading) return <LoadingState rows={8} />;
  if (entries.length === 0 && error === null) {
    return hasFilter ? (
      <EmptyState
        icon={<IconHistory aria-hidden />}
        title="Nothing matches"
        action={
          <Button variant="default" onClick={onClearFilters}>
            Clear the filters
          </Button>
        }
      />
    ) : (
      <EmptyState icon={<IconHistory aria-hidden />} title="Nothing has happened yet">
        Every pull, every change and every sign-in will stand here.
      </EmptyState>
    );
  }
  return (
    <Stack gap="md">
      {entries.length > 0 && (
        <ActivityTable entries={entries} withTenant={withTenant} withKind={withKind} />
      )}
      {error !== null && <ErrorState error={error} onRetry={retry} />}
      <Center>
        {hasMore && error === null ? (
          <Button variant="default" onClick={loadMore} loading={isLoadingMore}>
            Show older
          </Button>
        ) : (
          error === null && (
            <Text size="sm" c="dimmed">
              {formatCounted(entriesTold(entries), 'entry', 'entries')}; nothing older.
            </Text>
          )
        )}
      </Center>
    </Stack>
  );
}

/** Folded pulls count each. */
function entriesTold(entries: readonly ActivityEntry[]): number {
  return entries.reduce((sum, { pulls }) => sum + (pulls?.count ?? 1), 0);
}
