import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { errorSentence, refusedFields } from '../api/call-error.ts';

interface PasswordStepProps {
  readonly lead: string;
  readonly label: string;
  readonly error: Error | null;
  readonly isRunning: boolean;
  readonly color?: string;
  readonly onSubmit: (password: string) => void;
}

/** Asks for one's password before something that matters. */
export function PasswordStep({
  lead,
  label,
  error,
  isRunning,
  color,
  onSubmit,
}: PasswordStepProps) {
  const [password, setPassword] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(password);
      }}
    >
      <Stack>
        <Text size="sm">{lead}</Text>
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={
            error === null ? undefined : (refusedFields(error)['password'] ?? errorSentence(error))
          }
          required
          withAsterisk={false}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit" color={color} loading={isRunning} disabled={password === ''}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
