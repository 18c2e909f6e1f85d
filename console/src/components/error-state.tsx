import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { errorSentence } from '../api/call-error.ts';

interface ErrorStateProps {
  readonly error: unknown;
  /** In place of "This could not be loaded". */
  readonly title?: string;
  readonly onRetry?: () => void;
}

export function ErrorState({ error, title, onRetry }: ErrorStateProps) {
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle aria-hidden />}
      title={title ?? 'This could not be loaded'}
      role="alert"
    >
      <Text size="sm">{errorSentence(error)}</Text>
      {onRetry !== undefined && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
