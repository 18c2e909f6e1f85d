import type { ComponentType } from 'react';
import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { CrashScreen } from './components/crash-screen.tsx';
import { LoadingScreen } from './components/loading-screen.tsx';
import { NotFoundScreen } from './screens/not-found/not-found-screen.tsx';
import { Home } from './shell/home.tsx';
import { OperatorArea, TenantArea } from './shell/areas.tsx';
import { Shell } from './shell/shell.tsx';
import { SignInScreen } from './screens/sign-in/sign-in-screen.tsx';

type Load = () => Promise<ComponentType>;

function screen(path: string, load: Load): RouteObject {
  return { path, lazy: async () => ({ Component: await load() }) };
}

/** For viewers and administrators. */
const tenantScreens: readonly RouteObject[] = [
  screen(
    'overview',
    async () => (await import('./screens/overview/overview-screen.tsx')).OverviewScreen,
  ),
  screen('events', async () => (await import('./screens/events/events-screen.tsx')).EventsScreen),
  screen(
    'activity',
    async () => (await import('./screens/activity/activity-screen.tsx')).ActivityScreen,
  ),
  screen('people', async () => (await import('./screens/people/people-screen.tsx')).PeopleScreen),
  screen(
    'settings/event-export',
    async () =>
      (await import('./screens/settings/event-export/event-export-screen.tsx')).EventExportScreen,
  ),
  screen(
    'settings/api',
    async () => (await import('./screens/settings/api/in-sync-apis-screen.tsx')).InSyncApisScreen,
  ),
  screen(
    'settings/siem',
    async () =>
      (await import('./screens/settings/siem/siem-integration-screen.tsx')).SiemIntegrationScreen,
  ),
];

const operatorScreens: readonly RouteObject[] = [
  { index: true, element: <Navigate to="tenants" replace /> },
  screen(
    'tenants',
    async () => (await import('./screens/operator/tenants-screen.tsx')).TenantsScreen,
  ),
  screen(
    'tenants/:tenant',
    async () => (await import('./screens/operator/tenant-screen.tsx')).TenantScreen,
  ),
  screen(
    'requests',
    async () => (await import('./screens/operator/requests-screen.tsx')).RequestsScreen,
  ),
  screen(
    'people',
    async () => (await import('./screens/people/operators-screen.tsx')).OperatorsScreen,
  ),
  screen('health', async () => (await import('./screens/operator/health-screen.tsx')).HealthScreen),
  screen(
    'storage',
    async () => (await import('./screens/operator/storage-screen.tsx')).StorageScreen,
  ),
  screen(
    'activity',
    async () =>
      (await import('./screens/operator/operator-activity-screen.tsx')).OperatorActivityScreen,
  ),
];

export const router = createBrowserRouter([
  {
    errorElement: <CrashScreen />,
    HydrateFallback: LoadingScreen,
    children: [
      { path: 'sign-in', Component: SignInScreen },
      screen('setup', async () => (await import('./screens/setup/setup-screen.tsx')).SetupScreen),
      {
        Component: Shell,
        children: [
          {
            errorElement: <CrashScreen />,
            children: [
              { index: true, Component: Home },
              screen(
                'profile',
                async () => (await import('./screens/profile/profile-screen.tsx')).ProfileScreen,
              ),
              { path: 'settings', element: <Navigate to="/settings/event-export" replace /> },
              { Component: TenantArea, children: [...tenantScreens] },
              { path: 'operator', Component: OperatorArea, children: [...operatorScreens] },
              { path: '*', Component: NotFoundScreen },
            ],
          },
        ],
      },
    ],
  },
]);
