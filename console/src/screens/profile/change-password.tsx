import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { refusedFields } from '../../api/call-error.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { notifyDone } from '../../components/notify.ts';
import { Section } from '../../components/section.tsx';
import { FormFailure } from '../../forms/form-failure.tsx';
import { NewPasswordInput } from '../../forms/new-password/new-password-input.tsx';
import { passwordStrength } from '../../forms/new-password/password-strength.ts';
import { useSession } from '../../session/session-context.ts';

export function ChangePassword() {
  const { email } = useSession();
  const change = useApiMutation('POST /me/password', ['GET /sessions']);
  const form = useForm({
    initialValues: { current: '', next: '' },
    validate: {
      next: (next) => (passwordStrength(next, email).score === 0 ? 'It is too short.' : null),
    },
  });
  const send = async (body: typeof form.values): Promise<void> => {
    try {
      await change.mutateAsync({ body });
      form.reset();
      notifyDone('Your password is changed. Your other sessions have ended.');
    } catch (error) {
      form.setErrors(refusedFields(error));
    }
  };
  return (
    <Section title="Password" description="Changing it ends your other sessions.">
      <form onSubmit={form.onSubmit((values) => void send(values))}>
        <Stack maw={420}>
          <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
          <PasswordInput
            label="Current password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            {...form.getInputProps('current')}
          />
          <NewPasswordInput label="New password" email={email} {...form.getInputProps('next')} />
          <FormFailure error={change.error} fields={['current', 'next']} />
          <Group>
            <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
              Change the password
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
