import { PasswordInput, Progress, Stack, Text } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { passwordStrength } from './password-strength.ts';

interface NewPasswordInputProps {
  readonly label: string;
  /** Whose password it will be: it must not contain it. */
  readonly email: string;
  readonly value?: string;
  readonly error?: ReactNode;
  readonly onChange?: (value: string) => void;
}

const colors = ['red', 'orange', 'yellow', 'teal'] as const;

/** A new password with a hint how good it is. */
export function NewPasswordInput(props: NewPasswordInputProps) {
  const { email, value = '', onChange, ...rest } = props;
  const hint = useId();
  const { score, sentence } = passwordStrength(value, email);
  return (
    <Stack gap={6}>
      <PasswordInput
        autoComplete="new-password"
        required
        withAsterisk={false}
        aria-describedby={hint}
        value={value}
        onChange={(event) => onChange?.(event.currentTarget.value)}
        {...rest}
      />
      <Progress
        value={value === '' ? 0 : 25 * (score + 1)}
        color={colors[score]}
        size={4}
        aria-hidden
      />
      <Text size="sm" c="dimmed" id={hint} aria-live="polite">
        {value === ''
          ? 'At least 12 characters. A few unrelated words are easy to keep.'
          : sentence}
      </Text>
    </Stack>
  );
}
