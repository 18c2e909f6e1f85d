import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { ActivityEntry } from '../../../../src/http/console-api/api-types.ts';
import { formatCount } from '../../components/format.ts';
import { Time } from '../../components/time.tsx';
import { eachPullSearch } from './activity-search.ts';

interface FoldedPullsProps {
  readonly entry: ActivityEntry;
  /** The screen shows several tenants. */
  readonly withTenant: boolean;
}

/** How many pulls a row tells, and the way to each of them; nothing for any other row. */
export function FoldedPulls({ entry, withTenant }: FoldedPullsProps) {
  const { pulls, tenant } = entry;
  if (pulls === null || pulls.count < 2) return null;
  const ofTenant = withTenant && tenant !== null ? tenant : undefined;
  const search = eachPullSearch({ ...entry, pulls }, ofTenant).toString();
  return (
    <Text size="xs" c="dimmed" component="div">
      The last of {formatCount(pulls.count)} pulls since <Time ms={pulls.firstMs} /> ·{' '}
      <Anchor component={Link} size="xs" underline="always" to={{ search }}>
        Show each
      </Anchor>
    </Text>
  );
}
