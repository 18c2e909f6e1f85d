import {
  IconActivity,
  IconBuilding,
  IconChecklist,
  IconDatabase,
  IconGauge,
  IconHeartbeat,
  IconKey,
  IconList,
  IconPlugConnected,
  IconTransferOut,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import type { ConsoleRole } from '../../../src/http/console-api/api-types.ts';

export interface NavigationEntry {
  readonly to: string;
  readonly title: string;
  readonly icon: Icon;
}

export interface NavigationGroup {
  /** Undefined for the entries that stand on top. */
  readonly title?: string;
  readonly entries: readonly NavigationEntry[];
}

const tenantNavigation: readonly NavigationGroup[] = [
  {
    entries: [
      { to: '/overview', title: 'Overview', icon: IconGauge },
      { to: '/events', title: 'Events', icon: IconList },
      { to: '/activity', title: 'Activity', icon: IconActivity },
    ],
  },
  {
    title: 'Settings',
    entries: [
      { to: '/settings/event-export', title: 'Event export', icon: IconTransferOut },
      { to: '/settings/api', title: 'inSync APIs', icon: IconKey },
      { to: '/settings/siem', title: 'SIEM Integration', icon: IconPlugConnected },
      { to: '/people', title: 'People', icon: IconUsers },
    ],
  },
];

/** Only administrators list the people of their organization. */
const viewerNavigation = tenantNavigation.map(({ entries, ...group }) => ({
  ...group,
  entries: entries.filter(({ to }) => to !== '/people'),
}));

const operatorNavigation: readonly NavigationGroup[] = [
  {
    entries: [
      { to: '/operator/tenants', title: 'Organizations', icon: IconBuilding },
      { to: '/operator/requests', title: 'Connector requests', icon: IconChecklist },
      { to: '/operator/people', title: 'Operators', icon: IconUsers },
    ],
  },
  {
    title: 'Service',
    entries: [
      { to: '/operator/health', title: 'Health', icon: IconHeartbeat },
      { to: '/operator/storage', title: 'Storage', icon: IconDatabase },
      { to: '/operator/activity', title: 'Activity', icon: IconActivity },
    ],
  },
];

/** Where each role can go. */
export const navigation: Readonly<Record<ConsoleRole, readonly NavigationGroup[]>> = {
  viewer: viewerNavigation,
  administrator: tenantNavigation,
  operator: operatorNavigation,
};
