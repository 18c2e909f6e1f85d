import type { EventMeaning, StateMeanings } from './feed.ts';

const login = {
  ecs: { kind: 'event', category: ['authentication'], type: ['start'] },
  ocsf: { classUid: 3002, activityId: 1 },
} as const;

/** OCSF has a class for neither backups nor restores: their classes want a file or a database. */
const unclassified = { classUid: 0, activityId: 99 } as const;

/** What inSync's events are in ECS and OCSF. */
export const inSyncMeanings: readonly EventMeaning[] = [
  {
    types: [
      'Admin Login',
      'API Login',
      'WebDAV Login',
      'PST Converter WebDAV Login',
      'Bulk Export WebDAV Login',
    ],
    ...login,
  },
  {
    types: ['Admin Audit Trail'],
    ecs: { kind: 'event', category: ['configuration'], type: ['change'] },
    ocsf: { classUid: 6003, activityId: 99 },
  },
  {
    types: ['User Audit Trail'],
    ecs: { kind: 'event', category: ['iam'], type: ['user', 'change'] },
    ocsf: { classUid: 6003, activityId: 99 },
  },
  {
    types: ['Alert', 'Alert Notification'],
    ecs: { kind: 'alert' },
    ocsf: { classUid: 2004, activityId: 1 },
  },
  {
    types: ['Alert Resolution'],
    ecs: { kind: 'alert' },
    ocsf: { classUid: 2004, activityId: 3 },
  },
  {
    types: ['Backup', 'Download'],
    ecs: { kind: 'event', category: ['file'], type: ['access'] },
    ocsf: unclassified,
  },
  {
    types: ['Restore'],
    ecs: { kind: 'event', category: ['file'], type: ['creation'] },
    ocsf: unclassified,
  },
  {
    types: ['AD Sync'],
    ecs: { kind: 'event', category: ['iam'], type: ['info'] },
    ocsf: unclassified,
  },
  {
    types: ['User Event'],
    ecs: { kind: 'event', category: ['iam'], type: ['user', 'info'] },
    ocsf: unclassified,
  },
  {
    types: ['Client Upgrade'],
    ecs: { kind: 'event', category: ['package'], type: ['change'] },
    ocsf: unclassified,
  },
];

export const inSyncStates: StateMeanings = {
  field: 'eventState',
  meanings: {
    Success: { outcome: 'success' },
    Failed: { outcome: 'failure' },
    Canceled: { outcome: 'failure' },
  },
};
