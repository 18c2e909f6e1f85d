import { Button, Text } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import { EmptyState } from '../../components/empty-state.tsx';
import type { Scan } from './use-event-pages.ts';

interface ListEndProps {
  readonly scan: Scan;
  readonly isEmpty: boolean;
  readonly isCut: boolean;
  readonly hasFilter: boolean;
  readonly onClearFilters: () => void;
}

/** Below the last row: why there are no more. */
export function ListEnd({ scan, isEmpty, isCut, hasFilter, onClearFilters }: ListEndProps) {
  if (isEmpty && scan.kind === 'complete') {
    return hasFilter ? (
      <EmptyState
        icon={<IconSearchOff aria-hidden />}
        title="No event matches"
        action={
          <Button variant="default" onClick={onClearFilters}>
            Clear the filters
          </Button>
        }
      >
        Everything that is kept was looked at. Choose a longer time or fewer filters.
      </EmptyState>
    ) : (
      <EmptyState title="No events yet">
        They appear here as soon as the product posts the first one. Turn on Live to watch them
        come.
      </EmptyState>
    );
  }
  return (
    <Text size="sm" c="dimmed" ta="center">
      {endSentence(scan, isCut)}
    </Text>
  );
}

function endSentence(scan: Scan, isCut: boolean): string {
  if (isCut) return 'Older events are left out while so many come in. Turn Live off to see them.';
  if (scan.kind === 'searching') return 'Looking for older events …';
  if (scan.kind === 'stopped') return 'Stopped here.';
  return scan.kind === 'complete' ? 'Nothing older matches.' : '';
}
