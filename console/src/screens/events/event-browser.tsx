import { Group } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import type { FeedView } from '../../../../src/http/console-api/api-types.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { serverNowMs } from '../../session/server-clock.ts';
import { DownloadMenu } from './download-menu.tsx';
import { EventFilters } from './event-filters.tsx';
import { EventResults } from './event-results.tsx';
import { filterOf, type EventSearch } from './event-search.ts';
import classes from './event-browser.module.css';
import { LiveSwitch } from './live-switch.tsx';
import { reachesNow } from './time-range.ts';

interface EventBrowserProps {
  readonly tenant: string;
  readonly feed: FeedView;
  readonly search: EventSearch;
  /** `isStep`: Back leads to what was shown before. */
  readonly onSearch: (search: EventSearch, isStep?: boolean) => void;
  readonly feedSwitch: ReactNode;
}

/** One feed's events: the filters above, the results below. */
export function EventBrowser({ tenant, feed, search, onSearch, feedSwitch }: EventBrowserProps) {
  // A range that ends now begins at the time it was asked for, until it is asked for anew.
  const { open: _open, isLive: _isLive, ...asked } = search;
  const askedFor = JSON.stringify(asked);
  const [round, setRound] = useState(0);
  const filter = useMemo(
    () => filterOf(search, serverNowMs()),
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [askedFor, round],
  );
  const mayBeLive = reachesNow(search.range, serverNowMs());
  const isLive = search.isLive && mayBeLive;
  return (
    <div className={classes['screen']}>
      <PageHeader
        title="Events"
        actions={
          <Group gap="sm">
            {feedSwitch}
            <LiveSwitch
              isOn={isLive}
              isPossible={mayBeLive}
              onChange={(isOn) => onSearch({ ...search, isLive: isOn })}
            />
            <DownloadMenu tenant={tenant} feed={feed.name} filter={filter} />
          </Group>
        }
      />
      <EventFilters
        feed={feed}
        search={search}
        onChange={(change) => {
          const { open: _closed, ...kept } = search;
          onSearch({ ...kept, ...change });
        }}
      />
      <EventResults
        key={`${askedFor} ${round}`}
        tenant={tenant}
        feed={feed}
        filter={filter}
        isLive={isLive}
        openPosition={search.open}
        onOpen={(open) => onSearch({ ...search, open }, false)}
        onRefresh={() => setRound(round + 1)}
        onClearFilters={() =>
          onSearch({ feed: feed.name, range: { kind: 'any' }, isLive: search.isLive })
        }
      />
    </div>
  );
}
