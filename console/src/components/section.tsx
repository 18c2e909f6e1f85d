import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a screen, on its own card under its own heading. */
export function Section({ title, description, actions, children }: SectionProps) {
  return (
    <Paper component="section" withBorder p={{ base: 'md', sm: 'lg' }} aria-label={title}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <Box flex="1 1 16rem" miw={0}>
            <Title order={2} size="h4">
              {title}
            </Title>
            {description !== undefined && (
              <Text
                c="dimmed"
                size="sm"
                mt={4}
                maw="75ch"
                style={{ textWrap: 'pretty' }}
                component="div"
              >
                {description}
              </Text>
            )}
          </Box>
          {actions !== undefined && <Group gap="xs">{actions}</Group>}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
