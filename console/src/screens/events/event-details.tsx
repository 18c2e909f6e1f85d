import { Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { EventDetail } from '../../../../src/http/console-api/api-types.ts';
import { formatLocalTime, formatUtcTime } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { EventLines, type Profile } from './event-lines.tsx';
import classes from './event-panel.module.css';
import { LineBox } from './line-box.tsx';
import { SeverityBadge } from './severity-badge.tsx';

/** What stays chosen from one event to the next: the tab and the profile. */
export function EventDetails({ event }: { readonly event: EventDetail }) {
  const [tab, setTab] = useState<string | null>('attributes');
  const [profile, setProfile] = useState<Profile>('vendor');
  const { attributes, lines, original } = event;
  return (
    <Stack gap="sm">
      <Summary event={event} />
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="attributes">Attributes</Tabs.Tab>
          <Tabs.Tab value="lines">Lines for a SIEM</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="attributes">
          <Attributes attributes={attributes} />
        </Tabs.Panel>
        <Tabs.Panel value="lines">
          <EventLines lines={lines} profile={profile} onProfile={setProfile} />
          {original !== null && (
            <section aria-label="As it was received">
              <Title order={3} size="h6" mt="md" mb={4}>
                As it was received
              </Title>
              <LineBox line={original} label="Copy the line as it was received" />
            </section>
          )}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Summary({ event }: { readonly event: EventDetail }) {
  const { occurredAtMs, severity, type, state, category } = event;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <SeverityBadge severity={severity} />
        <Text fw={600} component="div">
          <HostileText>{type}</HostileText>
        </Text>
        {state !== null && (
          <Text component="div" size="sm">
            <HostileText>{state}</HostileText>
          </Text>
        )}
      </Group>
      <Text size="sm" c="dimmed" component="div">
        <HostileText>{category}</HostileText>
      </Text>
      <Text size="sm" component="div">
        {formatLocalTime(occurredAtMs)} local
        <br />
        {formatUtcTime(occurredAtMs)}
      </Text>
    </Stack>
  );
}

function Attributes({ attributes }: Pick<EventDetail, 'attributes'>) {
  return (
    <dl className={classes['attributes']}>
      {attributes.map(({ name, description, value }) => (
        <div key={name} className={classes['attribute']}>
          <dt {...(description !== null && { title: description })}>
            <HostileText>{name}</HostileText>
          </dt>
          <dd>
            {value === null || value === '' ? '–' : <HostileText>{String(value)}</HostileText>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
