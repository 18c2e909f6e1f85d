import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { refusedFields } from '../../api/call-error.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { Secret } from '../../components/secret.tsx';
import { FormFailure } from '../../forms/form-failure.tsx';
import { RestoredNotice } from '../../forms/restored-notice.tsx';
import { useDraftedDialog, type DraftedDialog } from '../../forms/use-drafted-dialog.ts';

interface NewIngestKeyDialogProps {
  readonly tenant: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Creates a key and shows it, once: it closes only by the button that says it was taken down. */
export function NewIngestKeyDialog({ tenant, ...dialog }: NewIngestKeyDialogProps) {
  const [key, setKey] = useState<string>();
  const { drafted, opened, onClose } = useDraftedDialog<NewKey>(dialog, {
    name: `ingest-key:${tenant}`,
    saved: nameless,
  });
  const close = (): void => {
    setKey(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={key === undefined ? 'Create an ingest key' : 'The new ingest key'}
      centered
      closeOnClickOutside={key === undefined}
      closeOnEscape={key === undefined}
      withCloseButton={key === undefined}
    >
      {key === undefined ? (
        <NewKeyForm drafted={drafted} tenant={tenant} onCreated={setKey} onClose={close} />
      ) : (
        <Stack gap="md">
          <Text size="sm">
            Copy it into the product&apos;s settings now. It is not shown again: who loses it
            creates another.
          </Text>
          <Secret what="ingest key" value={key} />
          <Group justify="flex-end">
            <Button onClick={close}>I have it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

interface NewKey extends Record<string, unknown> {
  readonly name: string;
}

const nameless: NewKey = { name: '' };

interface NewKeyFormProps extends Omit<DraftedDialog<NewKey>, 'opened'> {
  readonly tenant: string;
  readonly onCreated: (key: string) => void;
}

function NewKeyForm({ drafted, tenant, onCreated, onClose }: NewKeyFormProps) {
  const { form, isRestored, discard, settle } = drafted;
  const { name } = form.values;
  const create = useApiMutation('POST /operator/tenants/:tenant/ingest-keys', [
    'GET /operator/tenants/:tenant/ingest-keys',
  ]);
  const refused = refusedFields(create.error)['name'];
  const submit = async (): Promise<void> => {
    try {
      const { key } = await create.mutateAsync({ path: { tenant }, body: { name: name.trim() } });
      settle(nameless);
      onCreated(key);
    } catch {
      // shown below the field
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="md">
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <TextInput
          label="Name"
          description="Which system will use it: so that you know later which one to revoke."
          required
          data-autofocus
          {...form.getInputProps('name')}
          error={refused}
        />
        {refused === undefined && <FormFailure error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
