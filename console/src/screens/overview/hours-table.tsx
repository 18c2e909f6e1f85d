import { ScrollArea, Table } from '@mantine/core';
import { Count } from '../../components/count.tsx';
import { formatLocalTime, formatUtcTime } from '../../components/format.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { useTimeZone } from '../../components/time-zone.ts';
import type { Chart } from './chart-rows.ts';

/** What the chart shows, newest first, for who reads rather than looks. */
export function HoursTable({ chart }: { readonly chart: Chart }) {
  const format = useTimeZone() === 'utc' ? formatUtcTime : formatLocalTime;
  return (
    <ScrollArea.Autosize
      mah={300}
      viewportProps={{ tabIndex: 0, 'aria-label': 'Events over time' }}
    >
      <Table stickyHeader striped style={{ fontVariantNumeric: 'tabular-nums' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            {chart.series.map((name) => (
              <Table.Th key={name} ta="right">
                <HostileText>{name}</HostileText>
              </Table.Th>
            ))}
            <Table.Th ta="right">All</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {chart.rows.toReversed().map(({ startMs, counts, total }) => (
            <Table.Tr key={startMs}>
              <Table.Th scope="row" fw={400} style={{ whiteSpace: 'nowrap' }}>
                {format(startMs)}
              </Table.Th>
              {chart.series.map((name, index) => (
                <Table.Td key={name} ta="right">
                  <Count value={counts[index] ?? 0} />
                </Table.Td>
              ))}
              <Table.Td ta="right" fw={600}>
                <Count value={total} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
