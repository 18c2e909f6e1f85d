import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number with its name. */
export function Figure({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <Paper withBorder p="md">
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text size="xl" fw={650} component="div" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {children}
      </Text>
    </Paper>
  );
}
