import { Button, Group, Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { refusedFields } from '../../api/call-error.ts';
import { FormFailure } from '../../forms/form-failure.tsx';
import { RestoredNotice } from '../../forms/restored-notice.tsx';
import { useDraftedDialog, type DraftedDialog } from '../../forms/use-drafted-dialog.ts';

interface InviteDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Null: to the operators, who have but one role. */
  readonly tenant: string | null;
  readonly onInvite: (email: string, role: 'viewer' | 'administrator') => Promise<void>;
}

export function InviteDialog({ tenant, onInvite, ...dialog }: InviteDialogProps) {
  const { drafted, opened, onClose } = useDraftedDialog<InviteValues>(dialog, {
    name: tenant === null ? 'invite' : `invite:${tenant}`,
    saved: { email: '', role: 'viewer' },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Invite" centered>
      <Invite drafted={drafted} onClose={onClose} withRoles={tenant !== null} onInvite={onInvite} />
    </Modal>
  );
}

interface InviteValues extends Record<string, unknown> {
  readonly email: string;
  readonly role: 'viewer' | 'administrator';
}

interface InviteProps
  extends Omit<DraftedDialog<InviteValues>, 'opened'>, Pick<InviteDialogProps, 'onInvite'> {
  readonly withRoles: boolean;
}

function Invite({ drafted, onClose, withRoles, onInvite }: InviteProps) {
  const { form, isRestored, discard } = drafted;
  const [failure, setFailure] = useState<unknown>();
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
        <RestoredNotice when={isRestored} onDiscard={discard} />
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
