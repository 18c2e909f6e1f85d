import { useEffect, useId, useRef, type ReactNode } from 'react';
import type { EventRow, FeedView } from '../../../../src/http/console-api/api-types.ts';
import classes from './event-list.module.css';
import { EventRowCells } from './event-row-cells.tsx';
import { keyHandler } from './grid-keys.ts';
import { useEventRows } from './use-event-rows.ts';

interface EventListProps {
  readonly feed: FeedView;
  /** Newest first. */
  readonly rows: readonly EventRow[];
  /** Where the keyboard stands. */
  readonly activePosition: number | undefined;
  readonly openPosition: number | undefined;
  readonly onActivate: (position: number) => void;
  readonly onOpen: (position: number) => void;
  readonly onClose: () => void;
  /** The last rows are near the view. */
  readonly onNearEnd: () => void;
  /** Whether the newest row is in view. */
  readonly onTop: (isAtTop: boolean) => void;
  /** More rows may follow. */
  readonly isOpenEnded: boolean;
  /** Below the last row. */
  readonly footer: ReactNode;
}

const nearEndRows = 20;
const headRows = 1;

/**
 * A grid in which only the rows in view exist, whatever number there is. The keyboard's focus stays on
 * the grid and its active row is told apart, so that a row may leave the view without taking it along.
 */
export function EventList(props: EventListProps) {
  const { feed, rows, activePosition, footer } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const gridId = useId();
  const { virtualizer, rowHeight, headHeight } = useEventRows(rows, scroller);
  const items = virtualizer.getVirtualItems();
  useNearEnd(props, items.at(-1)?.index ?? -1);
  const rowId = (position: number) => `${gridId}-${position}`;
  const isActiveShown = items.some(({ index }) => rows[index]?.position === activePosition);
  const onKeyDown = keyHandler({
    rowCount: rows.length,
    index: rows.findIndex(({ position }) => position === activePosition),
    pageRows: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
    onMove: (index) => {
      virtualizer.scrollToIndex(index);
      const row = rows[index];
      if (row !== undefined) props.onActivate(row.position);
    },
    onOpen: (index) => {
      const row = rows[index];
      if (row !== undefined) props.onOpen(row.position);
    },
    onClose: props.onClose,
  });
  return (
    <div className={classes['frame']}>
      <div
        ref={scroller}
        data-scroller
        className={classes['scroller']}
        onScroll={(event) => props.onTop(event.currentTarget.scrollTop < rowHeight)}
      >
        <div
          className={classes['grid']}
          role="grid"
          aria-label={`Events of ${feed.title}, newest first`}
          aria-rowcount={props.isOpenEnded ? -1 : rows.length + headRows}
          tabIndex={0}
          onKeyDown={onKeyDown}
          {...(activePosition !== undefined &&
            isActiveShown && { 'aria-activedescendant': rowId(activePosition) })}
        >
          <EventListHead feed={feed} />
          <div
            role="rowgroup"
            className={classes['body']}
            style={{ height: virtualizer.getTotalSize() }}
          >
            {items.map(({ key, index, size, start }) => {
              const row = rows[index];
              if (row === undefined) return null;
              return (
                <div
                  key={key}
                  id={rowId(row.position)}
                  className={classes['row']}
                  style={{ height: size, transform: `translateY(${start - headHeight}px)` }}
                  {...rowAttributes(row, index, props)}
                >
                  <EventRowCells row={row} />
                </div>
              );
            })}
          </div>
        </div>
        <div className={classes['footer']}>{footer}</div>
      </div>
    </div>
  );
}

function useNearEnd({ rows, isOpenEnded, onNearEnd }: EventListProps, lastIndex: number): void {
  const isNearEnd = isOpenEnded && rows.length > 0 && lastIndex >= rows.length - nearEndRows;
  useEffect(() => {
    if (isNearEnd) onNearEnd();
    // Each further page is asked for by the length that the one before it made.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isNearEnd, rows.length]);
}

function rowAttributes({ position, isGap }: EventRow, index: number, props: EventListProps) {
  const isOpen = position === props.openPosition;
  return {
    role: 'row',
    'aria-rowindex': index + 1 + headRows,
    'aria-selected': isOpen,
    onClick: () => props.onOpen(position),
    ...(position === props.activePosition && { 'data-active': true }),
    ...(isOpen && { 'data-open': true }),
    ...(isGap && { 'data-gap': true }),
  };
}

function EventListHead({ feed }: { readonly feed: FeedView }) {
  const titles = {
    time: 'Time',
    severity: 'Severity',
    type: 'Type',
    state: 'State',
    column: feed.columns[0]?.title ?? '',
    summary: 'Details',
  };
  return (
    <div role="rowgroup" className={classes['headGroup']}>
      <div role="row" aria-rowindex={1} className={classes['head']}>
        {Object.entries(titles).map(([column, title]) => (
          <div role="columnheader" key={column} className={`${classes['cell']} ${classes[column]}`}>
            {title}
          </div>
        ))}
      </div>
    </div>
  );
}
