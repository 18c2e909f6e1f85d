import { Box, Button, Group, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { HourlyCounts } from '../../../../src/http/console-api/api-types.ts';
import { formatCounted, formatShare } from '../../components/format.ts';
import { chartOf, chartSpans, type ChartSpan } from './chart-rows.ts';
import { ChartBoundary } from './chart-boundary.tsx';
import { ChartLegend } from './chart-legend.tsx';
import { HoursTable } from './hours-table.tsx';
import { isStillCounting } from './is-still-counting.ts';
import { Panel } from './panel.tsx';

const HoursChart = lazy(async () => ({ default: (await import('./hours-chart.tsx')).HoursChart }));
const chartHeightPx = 230;
/** How many events there were, hour by hour, as bars or as a table. */
export function HoursPanel({ hours }: { readonly hours: HourlyCounts }) {
  const [span, setSpan] = useState<ChartSpan>('24h');
  const [isTable, { toggle }] = useDisclosure(false);
  const chart = useMemo(() => chartOf(hours, span), [hours, span]);
  const { title, perBar } = chartSpans[span];
  const isCounting = isStillCounting(hours);
  const summary = `${formatCounted(chart.total, 'event')} in the last ${title}`;
  return (
    <Panel
      title={`Events ${perBar}`}
      description={
        isCounting ? `${summary}; still counting, ${formatShare(hours.countedShare)} done` : summary
      }
      actions={
        <Group gap="xs">
          <Button size="compact-sm" variant="subtle" onClick={toggle} aria-pressed={isTable}>
            {isTable ? 'Show as chart' : 'Show as table'}
          </Button>
          <SegmentedControl
            size="xs"
            aria-label="How far back"
            value={span}
            onChange={(value) => setSpan(value === '7d' ? '7d' : '24h')}
            data={Object.entries(chartSpans).map(([value, { title: label }]) => ({ value, label }))}
          />
        </Group>
      }
    >
      {isTable ? (
        <HoursTable chart={chart} />
      ) : chart.total === 0 ? (
        <Box h={chartHeightPx} style={{ display: 'grid', placeItems: 'center' }}>
          <Text c="dimmed">{isCounting ? 'Counting …' : `No event in the last ${title}.`}</Text>
        </Box>
      ) : (
        <ChartBoundary otherwise={<HoursTable chart={chart} />}>
          <div
            role="img"
            aria-label={`${summary}, ${perBar} and category. The table says the same.`}
          >
            <Suspense fallback={<Skeleton height={chartHeightPx} />}>
              <HoursChart chart={chart} span={span} heightPx={chartHeightPx} />
            </Suspense>
            <ChartLegend series={chart.series} />
          </div>
        </ChartBoundary>
      )}
    </Panel>
  );
}
