import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo, useRef } from 'react';
import type { EventFilter, FeedView } from '../../../../src/http/console-api/api-types.ts';
import { LoadingState } from '../../components/loading-state.tsx';
import classes from './event-browser.module.css';
import { EventList } from './event-list.tsx';
import { EventPanel } from './event-panel.tsx';
import { ListEnd } from './list-end.tsx';
import { NewEventsButton } from './new-events-button.tsx';
import { ResultsStatus } from './results-status.tsx';
import { useEventPages } from './use-event-pages.ts';
import { useHeldBack } from './use-held-back.ts';
import { useLiveTail } from './use-live-tail.ts';
import { useOpenEvent } from './use-open-event.ts';

interface EventResultsProps {
  readonly tenant: string;
  readonly feed: FeedView;
  readonly filter: EventFilter;
  readonly isLive: boolean;
  readonly openPosition: number | undefined;
  readonly onOpen: (position: number | undefined) => void;
  readonly onRefresh: () => void;
  readonly onClearFilters: () => void;
}

/** What one filter finds, and one event of it beside the list. */
export function EventResults(props: EventResultsProps) {
  const { tenant, feed, filter, isLive, openPosition } = props;
  const list = useRef<HTMLDivElement>(null);
  const pages = useEventPages(tenant, feed.name, filter);
  const after = pages.headPosition;
  const tail = useLiveTail({ tenant, feed: feed.name, filter, after, isOn: isLive });
  const rows = useMemo(
    () => (tail.isCut ? tail.rows : [...tail.rows, ...pages.rows]),
    [tail.rows, tail.isCut, pages.rows],
  );
  const { shown, heldBack, onTop, release } = useHeldBack(rows);
  const focusList = (): void => list.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
  const { active, activate, open, close } = useOpenEvent(openPosition, props.onOpen, focusList);
  const showNew = (): void => {
    release();
    list.current?.querySelector('[data-scroller]')?.scrollTo({ top: 0 });
    focusList();
  };
  const isEmpty = rows.length === 0;
  return (
    <div className={classes['results']}>
      <ResultsStatus pages={pages} tail={tail} isLive={isLive} onRefresh={props.onRefresh} />
      <div className={classes['beside']}>
        <div className={classes['main']} ref={list}>
          <NewEventsButton count={heldBack} onClick={showNew} />
          <EventList
            feed={feed}
            rows={shown}
            activePosition={active}
            openPosition={openPosition}
            onActivate={activate}
            onOpen={open}
            onClose={close}
            onNearEnd={pages.wantMore}
            onTop={onTop}
            isOpenEnded={pages.scan.kind !== 'complete'}
            footer={
              isEmpty && pages.scan.kind === 'searching' ? (
                <LoadingState rows={6} />
              ) : (
                <ListEnd
                  scan={pages.scan}
                  isEmpty={isEmpty}
                  isCut={tail.isCut}
                  hasFilter={Object.keys(filter).length > 0}
                  onClearFilters={props.onClearFilters}
                />
              )
            }
          />
        </div>
        <OpenEvent tenant={tenant} feed={feed.name} position={openPosition} onClose={close} />
      </div>
    </div>
  );
}

interface OpenEventProps {
  readonly tenant: string;
  readonly feed: string;
  readonly position: number | undefined;
  readonly onClose: () => void;
}

/** Beside the list where there is room, over it where there is not. */
function OpenEvent({ tenant, feed, position, onClose }: OpenEventProps) {
  const isWide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const panel = position !== undefined && (
    <EventPanel tenant={tenant} feed={feed} position={position} onClose={onClose} />
  );
  if (isWide) return panel && <div className={classes['panel']}>{panel}</div>;
  return (
    <Drawer.Root
      opened={position !== undefined}
      onClose={onClose}
      position="right"
      size="100%"
      padding={0}
    >
      <Drawer.Content aria-label="Event">
        <Drawer.Body className={classes['drawerBody']}>{panel}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
