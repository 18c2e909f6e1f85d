import { hash } from 'node:crypto';
import type { TailraceEvent } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import { compileAttributeReader } from './attribute-reader.ts';
import type { Feed } from './feed.ts';
import { defaultInSyncSeverity, inSyncCategories, inSyncSeverities } from './insync-catalogue.ts';
import { inSyncFields } from './insync-fields.ts';
import { formatIsoTime } from './iso-time.ts';

/** Events of Druva inSync, as its Events API v1 and v2 export them. */
export const inSync: Feed = {
  name: 'insync',
  title: 'inSync',
  vendor: 'Druva',
  product: 'inSync',
  version: '1',
  fields: inSyncFields,
  categories: inSyncCategories,
  severities: inSyncSeverities,
  readEvent: compileAttributeReader({
    fields: inSyncFields,
    categories: inSyncCategories,
    severities: inSyncSeverities,
    defaultSeverity: defaultInSyncSeverity,
    relation: 'eventID',
  }),
  gapEvent,
};

const gapEventType = 'Event Gap';
/** Error: the operator is to look at it, as at a failed backup. */
const gapRawSeverity = 3;

function gapEvent(gap: Gap, noticedAtMs: number): TailraceEvent {
  const fromTime = gap.fromMs === undefined ? null : formatIsoTime(gap.fromMs);
  const untilTime = gap.untilMs === undefined ? null : formatIsoTime(gap.untilMs);
  const identity = JSON.stringify([gap.fromMs, gap.untilMs, gap.count, gap.reason]);
  return {
    id: `gap-${hash('sha256', identity, 'hex').slice(0, 32)}`,
    occurredAtMs: noticedAtMs,
    type: gapEventType,
    severity: inSyncSeverities[gapRawSeverity] ?? 7,
    fields: {
      id: `gap-${hash('sha256', identity, 'hex').slice(0, 32)}`,
      category: 'System Event',
      eventType: gapEventType,
      eventState: 'Failed',
      severity: gapRawSeverity,
      timestamp: formatIsoTime(noticedAtMs),
      initiator: 'Tailrace',
      eventDetails: gapSentence(gap, fromTime, untilTime),
      gapFrom: fromTime,
      gapUntil: untilTime,
      gapCount: gap.count ?? null,
    },
  };
}

function gapSentence(gap: Gap, fromTime: string | null, untilTime: string | null): string {
  const number = gap.count === undefined ? 'An unknown number of' : String(gap.count);
  const from = fromTime ?? 'the beginning';
  const until = untilTime ?? 'an unknown moment';
  return `${number} events from ${from} until ${until} are missing: ${gap.reason}`;
}
