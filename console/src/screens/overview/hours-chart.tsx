import { BarChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { formatCount } from '../../components/format.ts';
import { useTimeZone, type TimeZoneChoice } from '../../components/time-zone.ts';
import type { Chart, ChartSpan } from './chart-rows.ts';
import { seriesColor } from './series-color.ts';

interface HoursChartProps {
  readonly chart: Chart;
  readonly span: ChartSpan;
  readonly heightPx: number;
}

/** Stacked bars, one colour for each category. In its own file because its libraries load late. */
export function HoursChart({ chart, span, heightPx }: HoursChartProps) {
  const zone = useTimeZone();
  const tick = tickFormat(span, zone);
  const whole = wholeFormat(zone);
  // Keys of their own: a name with a dot or a bracket in it would be read as a path.
  const data = chart.rows.map(({ startMs, counts }) => ({
    startMs,
    ...Object.fromEntries(counts.map((count, index) => [`series${index}`, count])),
  }));
  return (
    <BarChart
      h={heightPx}
      data={data}
      dataKey="startMs"
      type="stacked"
      series={chart.series.map((label, index) => ({
        name: `series${index}`,
        label,
        color: seriesColor(index),
      }))}
      tickLine="none"
      gridAxis="x"
      valueFormatter={formatCount}
      xAxisProps={{ tickFormatter: (startMs: number) => tick.format(startMs), minTickGap: 24 }}
      yAxisProps={{ width: 56, allowDecimals: false }}
      tooltipProps={{
        labelFormatter: (label) => (typeof label === 'number' ? whole.format(label) : ''),
        isAnimationActive: false,
        wrapperStyle: { zIndex: 1 },
      }}
      barProps={{ isAnimationActive: false }}
      accessibilityLayer={false}
    />
  );
}

function tickFormat(span: ChartSpan, zone: TimeZoneChoice): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, {
    ...(span === '24h'
      ? { hour: '2-digit', minute: '2-digit' }
      : { weekday: 'short', day: 'numeric' }),
    ...zoneOption(zone),
  });
}

function wholeFormat(zone: TimeZoneChoice): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    ...zoneOption(zone),
  });
}

function zoneOption(zone: TimeZoneChoice): Intl.DateTimeFormatOptions {
  return zone === 'utc' ? { timeZone: 'UTC' } : {};
}
