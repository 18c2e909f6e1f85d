import type { TailraceEvent } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import { compileAttributeReader, type AttributeTable } from './attribute-reader.ts';
import { compileEventScanner } from './event-scanner.ts';
import type { Feed } from './feed.ts';
import { gapBound, gapEventType, gapIdentity, gapSentence } from './gap-record.ts';
import { defaultInSyncSeverity, inSyncCategories, inSyncSeverities } from './insync-catalogue.ts';
import { inSyncMeanings, inSyncStates } from './insync-meanings.ts';
import { inSyncFields } from './insync-fields.ts';
import { formatIsoTime } from './iso-time.ts';

const table: AttributeTable = {
  fields: inSyncFields,
  categories: inSyncCategories,
  severities: inSyncSeverities,
  defaultSeverity: defaultInSyncSeverity,
  relation: 'eventID',
};

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
  details: 'eventDetails',
  glance: {
    state: 'eventState',
    columns: [
      { field: 'initiator', title: 'Initiator' },
      { field: 'inSyncUserName', title: 'User' },
      { field: 'inSyncDataSourceName', title: 'Device' },
      { field: 'ip', title: 'Address' },
    ],
    summary: ['eventDetails', 'errorLogFullTrace'],
  },
  meanings: inSyncMeanings,
  states: inSyncStates,
  readEvent: compileAttributeReader(table),
  scanEvent: compileEventScanner(table),
  gapEvent,
};

/** Error: the operator is to look at it, as at a failed backup. */
const gapRawSeverity = 3;

function gapEvent(gap: Gap, noticedAtMs: number): TailraceEvent {
  const id = gapIdentity(gap);
  return {
    id,
    occurredAtMs: noticedAtMs,
    type: gapEventType,
    severity: inSyncSeverities[gapRawSeverity] ?? 7,
    fields: {
      id,
      category: 'System Event',
      eventType: gapEventType,
      eventState: 'Failed',
      severity: gapRawSeverity,
      timestamp: formatIsoTime(noticedAtMs),
      initiator: 'Tailrace',
      eventDetails: gapSentence(gap),
      gapFrom: gapBound(gap.fromMs),
      gapUntil: gapBound(gap.untilMs),
      gapCount: gap.count ?? null,
    },
  };
}
