import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { ActivityEntry } from '../../../../src/http/console-api/api-types.ts';
import { formatCount } from '../../components/format.ts';
import { Time } from '../../components/time.tsx';
import { eachPullSearch } from './activity-search.ts';

/** How many pulls a row tells, and the way to each of them; nothing for any other row. */
export function FoldedPulls({ entry }: { readonly entry: ActivityEntry }) {
  const { pulls, tenant } = entry;
  if (pulls === null || pulls.count < 2) return null;
  const search = eachPullSearch({ ...entry, pulls }, tenant ?? undefined).toString();
  return (
    <Text size="xs" c="dimmed" component="div">
      The last of {formatCount(pulls.count)} pulls since <Time ms={pulls.firstMs} /> ·{' '}
      <Anchor component={Link} size="xs" underline="always" to={{ search }}>
        Show each
      </Anchor>
    </Text>
  );
}
