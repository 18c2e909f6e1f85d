import type { Severity } from '../core/event.ts';
import type { Category } from './feed.ts';

const successOrFailure = ['Success', 'Failed'] as const;
const alertLevels = ['Notification', 'Warning', 'High', 'Critical'] as const;

/**
 * Categories and event types by their names on the wire (the documents' prose says "Administrator
 * authentication" where events say `Admin Login`).
 */
export const inSyncCategories = [
  {
    name: 'Alerts And Notifications',
    eventTypes: [
      { name: 'Alert', states: alertLevels },
      { name: 'Alert Notification', states: alertLevels },
      { name: 'Alert Resolution', states: alertLevels },
    ],
  },
  {
    name: 'Backup And Restore',
    eventTypes: [
      {
        name: 'Backup',
        states: [
          'Success',
          'Failed',
          'Canceled',
          'Backed up with errors',
          'Backup Paused',
          'Backup Resumed',
        ],
      },
      { name: 'Restore', states: successOrFailure },
      { name: 'Download', states: successOrFailure },
    ],
  },
  {
    name: 'WebDAV',
    eventTypes: [
      { name: 'WebDAV Login', states: successOrFailure },
      { name: 'PST Converter WebDAV Login', states: successOrFailure },
    ],
  },
  {
    name: 'Bulk Export WebDAV',
    eventTypes: [{ name: 'Bulk Export WebDAV Login', states: successOrFailure }],
  },
  {
    name: 'Admin Event',
    eventTypes: [
      { name: 'Admin Audit Trail', states: ['Admin Event'] },
      { name: 'Admin Login', states: successOrFailure },
    ],
  },
  { name: 'API', eventTypes: [{ name: 'API Login', states: successOrFailure }] },
  { name: 'System Event', eventTypes: [{ name: 'AD Sync', states: successOrFailure }] },
  {
    name: 'User And Device',
    eventTypes: [
      { name: 'User Event', states: ['Success', 'Marked as Inactive'] },
      { name: 'User Audit Trail', states: ['User Event'] },
      { name: 'Client Upgrade', states: successOrFailure },
    ],
  },
] as const satisfies readonly Category[];

/** Syslog's scale, 0 Emergency to 7 Debug, on the normalised one: the other way up, 10 worst. */
export const inSyncSeverities: readonly Severity[] = [10, 10, 9, 7, 5, 3, 2, 1];

/** Informational: what an event is when it does not say. */
export const defaultInSyncSeverity = 6;
