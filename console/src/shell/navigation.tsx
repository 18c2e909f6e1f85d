import { NavLink as MantineNavLink, ScrollArea, Stack, Text } from '@mantine/core';
import { NavLink, useLocation } from 'react-router';
import { useSession } from '../session/session-context.ts';
import { navigation } from './navigation-entries.ts';

/** The list of screens of the session's role. */
export function Navigation({ onNavigate }: { readonly onNavigate: () => void }) {
  const { role, tenant } = useSession();
  const { pathname } = useLocation();
  return (
    <ScrollArea type="auto" h="100%">
      <Stack gap="md" p="sm">
        <Text fw={600} px="sm" hiddenFrom="xs">
          {tenant?.title ?? 'Operator'}
        </Text>
        {navigation[role].map(({ title, entries }) => (
          <div key={title ?? ''}>
            {title !== undefined && (
              <Text size="xs" fw={700} c="dimmed" tt="uppercase" px="sm" mb={4} lts="0.04em">
                {title}
              </Text>
            )}
            {entries.map(({ to, title: label, icon: EntryIcon }) => (
              <MantineNavLink
                key={to}
                component={NavLink}
                to={to}
                label={label}
                leftSection={<EntryIcon size={18} stroke={1.75} aria-hidden />}
                active={pathname === to || pathname.startsWith(`${to}/`)}
                onClick={onNavigate}
                style={{ borderRadius: 'var(--mantine-radius-md)' }}
              />
            ))}
          </div>
        ))}
      </Stack>
    </ScrollArea>
  );
}
