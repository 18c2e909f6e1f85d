import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { Invitation } from '../../../../src/http/console-api/api-types.ts';
import { refusedFields } from '../../api/call-error.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { FormFailure } from '../../forms/form-failure.tsx';
import { NewPasswordInput } from '../../forms/new-password/new-password-input.tsx';
import { passwordStrength } from '../../forms/new-password/password-strength.ts';

interface ChoosePasswordProps {
  readonly code: string;
  readonly invitation: Invitation;
  /** With the password, which the next step needs; signed in by then. */
  readonly onChosen: (password: string) => void;
}

export function ChoosePassword({ code, invitation, onChosen }: ChoosePasswordProps) {
  const { email, emailWanted } = invitation;
  const accept = useApiMutation('POST /invitations/accept');
  const form = useForm({
    initialValues: { email, password: '' },
    validate: {
      email: (value) => (!emailWanted || /^\S+@\S+$/.test(value) ? null : 'An e-mail address.'),
      password: (value, values) =>
        passwordStrength(value, values.email).score === 0 ? 'It is too short.' : null,
    },
  });
  const send = async (values: typeof form.values): Promise<void> => {
    const { password } = values;
    const body = { code, password, ...(emailWanted ? { email: values.email.trim() } : {}) };
    try {
      await accept.mutateAsync({ body });
      onChosen(password);
    } catch (error) {
      form.setErrors(refusedFields(error));
    }
  };
  return (
    <form onSubmit={form.onSubmit((values) => void send(values))}>
      <Stack>
        <TextInput
          label="E-mail address"
          description={emailWanted ? 'You sign in with it.' : undefined}
          type="email"
          autoComplete="username"
          readOnly={!emailWanted}
          required
          withAsterisk={false}
          {...form.getInputProps('email')}
        />
        <NewPasswordInput
          label="Password"
          email={form.values.email}
          {...form.getInputProps('password')}
        />
        <FormFailure error={accept.error} fields={['email', 'password']} />
        <Button type="submit" loading={accept.isPending}>
          Set the password
        </Button>
      </Stack>
    </form>
  );
}
