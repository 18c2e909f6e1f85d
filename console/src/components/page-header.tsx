import { Box, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PageHeaderProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Buttons, at the right on wide screens. */
  readonly actions?: ReactNode;
}

/** The screen's heading; it is the document's title too. */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="md">
      <title>{`${title} · Tailrace`}</title>
      <Box flex="1 1 20rem" miw={0}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {description !== undefined && (
          <Text c="dimmed" mt={4} maw="75ch" style={{ textWrap: 'pretty' }}>
            {description}
          </Text>
        )}
      </Box>
      {actions !== undefined && <Group gap="sm">{actions}</Group>}
    </Group>
  );
}
