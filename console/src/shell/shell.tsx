import { AppShell, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { Outlet } from 'react-router';
import { LoadingScreen } from '../components/loading-screen.tsx';
import { OfflineBanner } from '../components/offline-banner.tsx';
import { SessionGate } from '../session/session-gate.tsx';
import { useSession } from '../session/session-context.ts';
import { AccountMenu } from './account-menu.tsx';
import { Brand } from './brand.tsx';
import { Navigation } from './navigation.tsx';
import { QuickNavigation } from './quick-navigation.tsx';
import classes from './shell.module.css';
import { useFocusOnNavigation } from './use-focus-on-navigation.ts';

/** What stands around every screen of who is signed in. */
export function Shell() {
  return (
    <SessionGate>
      <Frame />
    </SessionGate>
  );
}

function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const main = useFocusOnNavigation();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a className={classes['skip']} href="#main">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
              aria-expanded={isOpen}
            />
            <Brand />
            <OrganizationName />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <QuickNavigation />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label="Screens">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1}>
        <OfflineBanner />
        <div className={classes['content']}>
          <Suspense fallback={<LoadingScreen />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function OrganizationName() {
  const { tenant } = useSession();
  return (
    <Text className={classes['organization']} truncate visibleFrom="xs">
      {tenant?.title ?? 'Operator'}
    </Text>
  );
}
