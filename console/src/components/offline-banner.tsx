import { Alert, Button, Group, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call } from '../api/call.ts';
import { serviceReached } from '../api/connection.ts';
import { useSignal } from '../api/signal-store.ts';

const retryMs = 5_000;

/** Stands above everything while the service cannot be reached, and asks again until it can. */
export function OfflineBanner() {
  const isReached = useSignal(serviceReached);
  const queryClient = useQueryClient();
  useEffect(() => {
    if (isReached) return undefined;
    const ask = async (): Promise<void> => {
      try {
        await call('GET /sign-in-methods', {});
        await queryClient.invalidateQueries();
      } catch {
        // Still away; the banner stays.
      }
    };
    const timer = window.setInterval(() => void ask(), retryMs);
    return () => window.clearInterval(timer);
  }, [isReached, queryClient]);
  if (isReached) return null;
  return (
    <Alert
      color="yellow"
      icon={<IconPlugConnectedX aria-hidden />}
      title="The service does not answer"
      role="alert"
      mb="md"
    >
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          What you see may be out of date, and nothing can be saved. What you typed stays here. The
          console keeps trying.
        </Text>
        <Button size="xs" variant="default" onClick={() => void queryClient.invalidateQueries()}>
          Try now
        </Button>
      </Group>
    </Alert>
  );
}
