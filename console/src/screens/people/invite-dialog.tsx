import { Button, Group, Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { refusedFields } from '../../api/call-error.ts';
import { FormFailure } from '../../forms/form-failure.tsx';

interface InviteDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Operators have but one role. */
  readonly withRoles: boolean;
  readonly onInvite: (email: string, role: 'viewer' | 'administrator') => Promise<void>;
}

export function InviteDialog({ opened, onClose, withRoles, onInvite }: InviteDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Invite" centered>
      <Invite onClose={onClose} withRoles={withRoles} onInvite={onInvite} />
    </Modal>
  );
}

interface InviteValues {
  readonly email: string;
  readonly role: 'viewer' | 'administrator';
}

function Invite({ onClose, withRoles, onInvite }: Omit<InviteDialogProps, 'opened'>) {
  const [failure, setFailure] = useState<unknown>();
  const form = useForm<InviteValues>({ initialValues: { email: '', role: 'viewer' } });
  const send = async ({ email, role }: InviteValues): Promise<void> => {
    setFailure(undefined);
    try {
      await onInvite(email.trim(), role);
      onClose();
    } catch (error) {
      form.setErrors(refusedFields(error));
      setFailure(error);
    }
  };
  return (
    <form onSubmit={form.onSubmit(send)}>
      <Stack>
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="off"
          required
          withAsterisk={false}
          data-autofocus
          {...form.getInputProps('email')}
        />
        {withRoles && (
          <Radio.Group label="Role" {...form.getInputProps('role')}>
            <Stack gap="xs" mt="xs">
              <Radio
                value="viewer"
                label="Viewer"
                description="Looks at events, settings and activity; sees no secret, changes nothing."
              />
              <Radio
                value="administrator"
                label="Administrator"
                description="Changes settings, tokens, connectors and people, too."
              />
            </Stack>
          </Radio.Group>
        )}
        <FormFailure error={failure} fields={['email', 'role']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={form.submitting}>
            Invite
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
