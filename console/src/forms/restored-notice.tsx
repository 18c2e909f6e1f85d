import { Alert, Button, Group, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';

interface RestoredNoticeProps {
  readonly when: boolean;
  readonly onDiscard: () => void;
}

/** Says that the form holds what was typed before the page had to go. */
export function RestoredNotice({ when, onDiscard }: RestoredNoticeProps) {
  if (!when) return null;
  return (
    <Alert icon={<IconHistory aria-hidden />} title="What you had typed is back" role="status">
      <Group justify="space-between">
        <Text size="sm">It was not saved before the page was left. Save it, or discard it.</Text>
        <Button size="xs" variant="default" onClick={onDiscard}>
          Discard
        </Button>
      </Group>
    </Alert>
  );
}
