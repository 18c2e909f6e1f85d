import {
  Avatar,
  Menu,
  SegmentedControl,
  Stack,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { call } from '../api/call.ts';
import { notifyFailed } from '../components/notify.ts';
import { setTimeZone, useTimeZone, type TimeZoneChoice } from '../components/time-zone.ts';
import { clearDrafts } from '../forms/drafts.ts';
import { roleTitles } from '../session/role-titles.ts';
import { useSession } from '../session/session-context.ts';

/** Who is signed in, how things are shown, and the way out. */
export function AccountMenu() {
  const { email, role } = useSession();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={272} withArrow closeOnItemClick>
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${email}`} style={{ borderRadius: '50%' }}>
          <Avatar color="tide" radius="xl" size={36} aria-hidden>
            <IconUser size={20} stroke={1.75} />
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Stack gap={0} px="sm" py="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {email}
          </Text>
          <Text size="sm" c="dimmed">
            {roleTitles[role]}
          </Text>
        </Stack>
        <Menu.Divider />
        <ShownAs />
        <Menu.Divider />
        <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={16} aria-hidden />}>
          Profile and security
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => void signOut()}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ShownAs() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const timeZone = useTimeZone();
  return (
    <Stack gap="xs" px="sm" py="xs">
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Color scheme"
        value={colorScheme}
        onChange={(value) => setColorScheme(value === 'dark' || value === 'light' ? value : 'auto')}
        data={[
          { value: 'auto', label: 'Auto' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Times"
        value={timeZone}
        onChange={(value: TimeZoneChoice) => setTimeZone(value)}
        data={[
          { value: 'local', label: 'Local time' },
          { value: 'utc', label: 'UTC' },
        ]}
      />
    </Stack>
  );
}

function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return async () => {
    try {
      await call('POST /sign-out', {});
    } catch (error) {
      notifyFailed(error);
      return;
    }
    clearDrafts();
    await navigate('/sign-in');
    queryClient.clear();
  };
}
