import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { OfflineBanner } from '../../components/offline-banner.tsx';
import { Brand } from '../../shell/brand.tsx';

interface FrontDoorProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}

/** The card in the middle of the page that who is not signed in sees. */
export function FrontDoor({ title, lead, children }: FrontDoorProps) {
  return (
    <>
      <title>{`${title} · Tailrace`}</title>
      <OfflineBanner />
      <Center component="main" mih="100vh" p="md" py="xl">
        <Stack w="100%" maw={440} gap="lg">
          <Brand />
          <Paper withBorder p={{ base: 'md', xs: 'xl' }} shadow="sm">
            <Stack>
              <div>
                <Title order={1} size="h3">
                  {title}
                </Title>
                {lead !== undefined && (
                  <Text c="dimmed" size="sm" mt={4} component="div">
                    {lead}
                  </Text>
                )}
              </div>
              {children}
            </Stack>
          </Paper>
        </Stack>
      </Center>
    </>
  );
}
