import { ColorSwatch, Group, Text } from '@mantine/core';
import { HostileText } from '../../components/hostile-text.tsx';
import { seriesColor } from './series-color.ts';

/** Which colour is which category. */
export function ChartLegend({ series }: { readonly series: readonly string[] }) {
  return (
    <Group gap="md" style={{ rowGap: 4, isolation: 'isolate' }} mt="sm">
      {series.map((name, index) => (
        <Group key={name} gap={6} wrap="nowrap">
          <ColorSwatch
            size={10}
            withShadow={false}
            color={`var(--mantine-color-${seriesColor(index).replace('.', '-')})`}
          />
          <Text size="xs">
            <HostileText>{name}</HostileText>
          </Text>
        </Group>
      ))}
    </Group>
  );
}
