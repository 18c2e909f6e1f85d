import type { FieldRole } from '../../../../feeds/feed.ts';
import { formatIsoTime } from '../../../../feeds/iso-time.ts';
import { csvRecord, csvStart } from '../csv.ts';
import type { EventView } from './event-view.ts';
import type { FoundEvent } from './search-events.ts';
import { textOf } from './wanted-events.ts';

/** A feed's events as CSV: what every event has, the feed's attributes, and the others as JSON. */
export interface EventCsv {
  readonly head: string;
  record(found: FoundEvent): string;
}

const common = ['position', 'time (UTC)', 'category', 'type', 'severity 0-10', 'id'] as const;
/** Said by the common columns. */
const commonRoles: ReadonlySet<FieldRole | undefined> = new Set(['id', 'time', 'type', 'category']);

export function eventCsv({ feed, row }: EventView): EventCsv {
  const names = feed.fields.filter(({ role }) => !commonRoles.has(role)).map(({ name }) => name);
  const known = new Set(feed.fields.map(({ name }) => name));
  return {
    head: csvStart + csvRecord([...common, ...names, 'other attributes']),
    record: ({ position, event }) => {
      const { id, occurredAtMs, category, type, severity } = row(event, position);
      const others = Object.entries(event.fields).filter(([name]) => !known.has(name));
      return csvRecord([
        position,
        formatIsoTime(occurredAtMs, 'millisecond'),
        category,
        type,
        severity,
        id,
        ...names.map((name) => {
          const value = event.fields[name];
          return typeof value === 'number' ? value : textOf(value);
        }),
        others.length === 0 ? null : JSON.stringify(Object.fromEntries(others)),
      ]);
    },
  };
}
