import { Anchor, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useApiQuery } from '../../api/use-api-query.ts';
import { useMayChange, useTenant } from '../../session/session-context.ts';
import classes from './first-steps.module.css';
import { Panel } from './panel.tsx';

interface Step {
  readonly title: string;
  readonly says: string;
  readonly links: readonly { readonly to: string; readonly label: string }[];
  readonly isDone: boolean;
}

/** For an organization whose SIEM has pulled nothing yet: what is left to do. */
export function FirstSteps({ canPull }: { readonly canPull: boolean }) {
  const path = { tenant: useTenant() };
  const mayChange = useMayChange();
  const settings = useApiQuery('GET /tenants/:tenant/export-settings', { path });
  const steps: readonly Step[] = [
    {
      title: 'Switch event export on',
      says: 'And choose the categories your SIEM is to get.',
      links: [{ to: '/settings/event-export', label: 'Event export' }],
      isDone: settings.data?.enabled === true,
    },
    {
      title: 'Create a credential',
      says: 'A token for the inSync APIs, or a connector for attacks.',
      links: [
        { to: '/settings/api', label: 'inSync APIs' },
        { to: '/settings/siem', label: 'SIEM Integration' },
      ],
      isDone: canPull,
    },
    {
      title: 'Pull from your SIEM',
      says: 'Ready-made commands for curl, Python, Splunk, rsyslog, syslog-ng and the collector.',
      links: [{ to: '/settings/siem', label: 'Commands to copy' }],
      isDone: false,
    },
  ];
  return (
    <Panel
      title="Three steps to the first pull"
      {...(!mayChange && { description: 'An administrator of your organization can take them.' })}
    >
      <ol className={classes['steps']}>
        {steps.map((step, index) => (
          <StepItem key={step.title} step={step} number={index + 1} />
        ))}
      </ol>
    </Panel>
  );
}

function StepItem({ step, number }: { readonly step: Step; readonly number: number }) {
  const { title, says, links, isDone } = step;
  return (
    <li className={classes['step']}>
      <ThemeIcon radius="xl" size={32} variant="light" color={isDone ? 'teal' : 'tide'} aria-hidden>
        {isDone ? <IconCheck size={18} /> : number}
      </ThemeIcon>
      <Stack gap={2}>
        <Text fw={600}>
          {title}
          {isDone && (
            <Text span size="sm" c="dimmed" fw={400}>
              {' '}
              · done
            </Text>
          )}
        </Text>
        <Text size="sm" c="dimmed">
          {says}
        </Text>
        <Text size="sm" component="div">
          {links.map(({ to, label }, index) => (
            <span key={to}>
              {index > 0 && ' · '}
              <Anchor component={Link} to={to} size="sm" underline="always">
                {label}
              </Anchor>
            </span>
          ))}
        </Text>
      </Stack>
    </li>
  );
}
