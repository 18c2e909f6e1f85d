import { Badge } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import type { EventRow } from '../../../../src/http/console-api/api-types.ts';
import { formatUtcTime } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { useTimeZone } from '../../components/time-zone.ts';
import classes from './event-list.module.css';
import { SeverityBadge } from './severity-badge.tsx';

const shortTime = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

type Column = 'time' | 'severity' | 'type' | 'state' | 'column' | 'summary';

/** No cell shows more of a text than this. */
const cellCharactersMax = 300;

/** The cells of one event, in the order of the table's head. */
export const EventRowCells = memo(function EventRowCells({ row }: { readonly row: EventRow }) {
  const { severity, type, state, columns, summary, isGap } = row;
  return (
    <>
      <Cell column="time">
        <EventTime ms={row.occurredAtMs} />
      </Cell>
      <Cell column="severity">{isGap ? <GapBadge /> : <SeverityBadge severity={severity} />}</Cell>
      <Cell column="type">{cellText(type)}</Cell>
      <Cell column="state">{cellText(state ?? '')}</Cell>
      <Cell column="column">{cellText(columns[0] ?? '')}</Cell>
      <Cell column="summary">{cellText(summary)}</Cell>
    </>
  );
});

function Cell({ column, children }: { readonly column: Column; readonly children: ReactNode }) {
  return (
    <div role="gridcell" className={`${classes['cell']} ${classes[column]}`}>
      {children}
    </div>
  );
}

function cellText(text: string) {
  return text !== '' && <HostileText lengthMax={cellCharactersMax}>{text}</HostileText>;
}

function GapBadge() {
  return (
    <Badge color="red.9" size="sm" radius="sm">
      Gap
    </Badge>
  );
}

/** Without the year, which the open event shows, and without a tooltip for each of many rows. */
function EventTime({ ms }: { readonly ms: number }) {
  const utc = formatUtcTime(ms);
  const isUtc = useTimeZone() === 'utc';
  return (
    <time dateTime={new Date(ms).toISOString()} title={utc}>
      {isUtc ? utc.slice(5, 19) : shortTime.format(ms)}
    </time>
  );
}
