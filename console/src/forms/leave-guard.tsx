import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { sessionEnded } from '../api/connection.ts';

interface LeaveGuardProps {
  /** There is something that leaving would lose. */
  readonly when: boolean;
  readonly onDiscard: () => void;
}

/** Asks before a form that is not saved is left. */
export function LeaveGuard({ when, onDiscard }: LeaveGuardProps) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      when && !sessionEnded.get() && currentLocation.pathname !== nextLocation.pathname,
  );
  useWarnBeforeUnload(when);
  const isBlocked = blocker.state === 'blocked';
  return (
    <Modal
      opened={isBlocked}
      onClose={() => blocker.reset?.()}
      title="Leave without saving?"
      centered
    >
      <Stack>
        <Text>What you changed on this screen is not saved.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
            Stay
          </Button>
          <Button
            color="red.9"
            onClick={() => {
              onDiscard();
              blocker.proceed?.();
            }}
          >
            Discard and leave
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** When the session has ended the way out leads through signing in, and the draft is kept. */
function useWarnBeforeUnload(when: boolean): void {
  useEffect(() => {
    if (!when) return undefined;
    const warn = (event: BeforeUnloadEvent): void => {
      if (!sessionEnded.get()) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [when]);
}
