import { Anchor, Group, Paper, Stack, Text } from '@mantine/core';
import { Link, useLocation } from 'react-router';
import type { Verdict } from '../../../../src/http/console-api/api-types.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { StatusMessage } from '../../components/status-message.tsx';
import { HealthMark, healthLooks } from './health-mark.tsx';
import classes from './verdict-banner.module.css';

/** Whether the SIEM gets everything, in one sentence, and what needs a hand. */
export function VerdictBanner({ verdict }: { readonly verdict: Verdict }) {
  const { health, sentence, findings } = verdict;
  const { pathname: here } = useLocation();
  return (
    <Paper
      component="section"
      aria-label="Is my SIEM getting everything?"
      className={classes['banner']}
      style={{ '--verdict-color': `var(--mantine-color-${healthLooks[health].color}-filled)` }}
      data-health={health}
      withBorder
    >
      <StatusMessage message={`${healthLooks[health].word}: ${sentence}`} />
      <Group gap="md" wrap="nowrap" align="flex-start">
        <HealthMark health={health} size={44} />
        <Stack gap={2} miw={0}>
          <Text size="sm" c="dimmed">
            Is my SIEM getting everything?
          </Text>
          <Text size="xl" fw={600} component="p" className={classes['sentence']}>
            <HostileText>{sentence}</HostileText>
          </Text>
        </Stack>
      </Group>
      {findings.length > 0 && (
        <ul className={classes['findings']}>
          {findings.map((finding) => (
            <li key={finding.sentence} className={classes['finding']}>
              <HealthMark health={finding.health} size={20} />
              <Text size="sm" component="span">
                <HostileText>{finding.sentence}</HostileText>{' '}
                {finding.to !== undefined && finding.to !== here && (
                  <Anchor component={Link} to={finding.to} size="sm" underline="always">
                    Look at it
                  </Anchor>
                )}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Paper>
  );
}
