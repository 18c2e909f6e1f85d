import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { refusedFields } from '../../api/call-error.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { Secret } from '../../components/secret.tsx';
import { FormFailure } from '../../forms/form-failure.tsx';

interface NewIngestKeyDialogProps {
  readonly tenant: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Creates a key and shows it, once: it closes only by the button that says it was taken down. */
export function NewIngestKeyDialog({ tenant, opened, onClose }: NewIngestKeyDialogProps) {
  const [key, setKey] = useState<string>();
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
        <NewKeyForm tenant={tenant} onCreated={setKey} onClose={close} />
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

interface NewKeyFormProps {
  readonly tenant: string;
  readonly onCreated: (key: string) => void;
  readonly onClose: () => void;
}

function NewKeyForm({ tenant, onCreated, onClose }: NewKeyFormProps) {
  const [name, setName] = useState('');
  const create = useApiMutation('POST /operator/tenants/:tenant/ingest-keys', [
    'GET /operator/tenants/:tenant/ingest-keys',
  ]);
  const refused = refusedFields(create.error)['name'];
  const submit = async (): Promise<void> => {
    try {
      const { key } = await create.mutateAsync({ path: { tenant }, body: { name: name.trim() } });
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
        <TextInput
          label="Name"
          description="Which system will use it: so that you know later which one to revoke."
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
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
