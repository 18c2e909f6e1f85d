import { Alert, Button, Group, Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { errorSentence, refusedFields } from '../../api/call-error.ts';

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
  const [failure, setFailure] = useState<string>();
  const form = useForm<InviteValues>({ initialValues: { email: '', role: 'viewer' } });
  const send = async ({ email, role }: InviteValues): Promise<void> => {
    setFailure(undefined);
    try {
      await onInvite(email.trim(), role);
      onClose();
    } catch (error) {
      form.setErrors(refusedFields(error));
      setFailure(errorSentence(error));
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
        {failure !== undefined && (
          <Alert color="red" role="alert">
            {failure}
          </Alert>
        )}
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
