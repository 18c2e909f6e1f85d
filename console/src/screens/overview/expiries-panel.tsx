import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Expiry } from '../../../../src/http/console-api/api-types.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Time } from '../../components/time.tsx';
import { useNow } from '../../session/server-clock.ts';
import { HealthMark } from './health-mark.tsx';
import { Panel } from './panel.tsx';
import { expiryHealth } from './expiry-health.ts';

const whats: Readonly<Record<Expiry['what'], { title: string; to: string; act: string }>> = {
  token: { title: 'Token of', to: '/settings/api', act: 'Create the next one' },
  'connector-key': { title: 'Key of connector', to: '/settings/siem', act: 'Rotate it' },
};

/** Credentials that end, the soonest first. */
export function ExpiriesPanel({ expiries }: { readonly expiries: readonly Expiry[] }) {
  const nowMs = useNow();
  const sorted = expiries.toSorted((a, b) => a.expiresAtMs - b.expiresAtMs);
  return (
    <Panel title="Credentials that end">
      {sorted.length === 0 ? (
        <Text size="sm" c="dimmed">
          No token or key ends in the foreseeable future.
        </Text>
      ) : (
        <Stack gap="sm">
          {sorted.map(({ what, name, expiresAtMs }) => {
            const health = expiryHealth(expiresAtMs, nowMs);
            const { title, to, act } = whats[what];
            return (
              <Group
                key={`${what} ${name} ${expiresAtMs}`}
                gap="sm"
                wrap="nowrap"
                align="flex-start"
              >
                <HealthMark health={health} size={22} />
                <Text size="sm" component="div">
                  {title} <HostileText>{name}</HostileText>{' '}
                  {expiresAtMs <= nowMs ? 'ended' : 'ends'} <Time ms={expiresAtMs} relative />.{' '}
                  <Anchor component={Link} to={to} size="sm" underline="always">
                    {act}
                  </Anchor>
                </Text>
              </Group>
            );
          })}
        </Stack>
      )}
    </Panel>
  );
}
