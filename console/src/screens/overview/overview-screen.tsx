import { SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Overview } from '../../../../src/http/console-api/api-types.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { useTenant } from '../../session/session-context.ts';
import { ExpiriesPanel } from './expiries-panel.tsx';
import { FirstSteps } from './first-steps.tsx';
import { GapsPanel } from './gaps-panel.tsx';
import { HoursPanel } from './hours-panel.tsx';
import { isStillCounting } from './is-still-counting.ts';
import { PullersPanel } from './pullers-panel.tsx';
import { StreamsPanel } from './streams-panel.tsx';
import { VerdictBanner } from './verdict-banner.tsx';
import { WorkersPanel } from './workers-panel.tsx';

/** Not asked while the tab is hidden. */
const refetchIntervalMs = { counted: 5_000, counting: 1_500 } as const;

/** Answers "is my SIEM getting everything?" in one look. */
export function OverviewScreen() {
  const tenant = useTenant();
  const [isCounting, setCounting] = useState(false);
  const query = useApiQuery(
    'GET /tenants/:tenant/overview',
    { path: { tenant } },
    { refetchIntervalMs: refetchIntervalMs[isCounting ? 'counting' : 'counted'] },
  );
  const isCountingNow = query.data !== undefined && isStillCounting(query.data.hours);
  if (isCountingNow !== isCounting) setCounting(isCountingNow);
  return (
    <>
      <PageHeader title="Overview" />
      <QueryView query={query} loading={<Loading />}>
        {(overview) => <Content overview={overview} />}
      </QueryView>
    </>
  );
}

function Content({ overview }: { readonly overview: Overview }) {
  const { verdict, hours, streams, pullers, expiries, gaps, sources, sinks } = overview;
  const titles = new Map(streams.map(({ feed, title }) => [feed, title]));
  const titleOf = (feed: string): string => titles.get(feed) ?? feed;
  const hasPulled = pullers.some(({ lastPullMs }) => lastPullMs !== null);
  const hasEvents = streams.some(({ headPosition }) => headPosition > 0);
  return (
    <Stack gap="md">
      <VerdictBanner verdict={verdict} />
      {!hasPulled && <FirstSteps canPull={pullers.length > 0} />}
      {hasEvents && <HoursPanel hours={hours} />}
      {(hasPulled || pullers.length > 0) && <PullersPanel pullers={pullers} titleOf={titleOf} />}
      {(hasEvents || hasPulled) && (
        <>
          <SimpleGrid cols={{ base: 1, lg: 3 }} spacing="md">
            <StreamsPanel streams={streams} />
            <ExpiriesPanel expiries={expiries} />
            <GapsPanel gaps={gaps} titleOf={titleOf} />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            {sources.length > 0 && <WorkersPanel title="Sources" workers={sources} />}
            {sinks.length > 0 && <WorkersPanel title="Sinks" workers={sinks} />}
          </SimpleGrid>
        </>
      )}
    </Stack>
  );
}

function Loading() {
  return (
    <Stack gap="md" role="status" aria-label="Loading">
      <Skeleton height={96} />
      <Skeleton height={340} />
      <Skeleton height={200} />
    </Stack>
  );
}
