import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useLockout } from './use-lockout.ts';
import { useSignIn } from './use-sign-in.ts';

interface SignInFormProps {
  /** Filled in and fixed: who signs in again. */
  readonly email?: string;
  readonly fill?: { readonly email: string; readonly password: string };
  readonly onSignedIn: () => Promise<void>;
}

/** E-mail address and password, then the code of the second factor when the service wants one. */
export function SignInForm({ email, onSignedIn, fill }: SignInFormProps) {
  const form = useForm({
    initialValues: { email: fill?.email ?? email ?? '', password: fill?.password ?? '', code: '' },
  });
  const { signIn, state, failure, waitMs, isRunning } = useSignIn(onSignedIn);
  const lockout = useLockout(waitMs);
  const needsCode = state === 'code-needed';
  return (
    <form onSubmit={form.onSubmit((values) => void signIn(values))}>
      <Stack>
        {failure !== undefined && (
          <Alert color="red" role="alert">
            {failure}
          </Alert>
        )}
        {lockout !== undefined && (
          <Alert color="yellow" title="Too many attempts" role="status">
            You can try again in {lockout}.
          </Alert>
        )}
        {needsCode ? (
          <CodeInput {...form.getInputProps('code')} />
        ) : (
          <>
            <TextInput
              label="E-mail address"
              type="email"
              autoComplete="username"
              required
              withAsterisk={false}
              readOnly={email !== undefined}
              {...form.getInputProps('email')}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              data-autofocus={email !== undefined ? true : undefined}
              {...form.getInputProps('password')}
            />
          </>
        )}
        <Button type="submit" loading={isRunning} disabled={lockout !== undefined}>
          {needsCode ? 'Confirm' : 'Sign in'}
        </Button>
      </Stack>
    </form>
  );
}

function CodeInput(props: object) {
  const [usesRecovery, setUsesRecovery] = useState(false);
  return (
    <Stack gap="xs">
      <TextInput
        key={usesRecovery ? 'recovery' : 'code'}
        label={usesRecovery ? 'Recovery code' : 'Code of your authenticator app'}
        description={
          usesRecovery ? 'Each one is good once.' : 'Six digits; a new one every 30 seconds.'
        }
        inputMode={usesRecovery ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        autoFocus
        required
        withAsterisk={false}
        spellCheck={false}
        {...props}
      />
      <Text size="sm">
        <Button
          variant="transparent"
          size="compact-sm"
          px={0}
          onClick={() => setUsesRecovery(!usesRecovery)}
        >
          {usesRecovery ? 'Use the authenticator app' : 'Use a recovery code instead'}
        </Button>
      </Text>
    </Stack>
  );
}
