import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { refusedFields } from '../../api/call-error.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { notifyDone } from '../../components/notify.ts';
import { editionChoices, isEdition, type Edition } from './editions.ts';
import { idOfTitle, tenantIdFault } from './tenant-id.ts';
import { FormFailure } from '../../forms/form-failure.tsx';
import { RestoredNotice } from '../../forms/restored-notice.tsx';
import { useDraftedDialog, type DraftedDialog } from '../../forms/use-drafted-dialog.ts';

interface NewTenantDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function NewTenantDialog(props: NewTenantDialogProps) {
  const { drafted, opened, onClose } = useDraftedDialog<NewTenant>(props, {
    name: 'tenant',
    saved: { title: '', id: '', edition: 'Elite' },
    validate: ({ title, id }) => {
      const idFault = tenantIdFault(id);
      return {
        ...(title.trim() === '' && { title: 'Enter the name of the organization.' }),
        ...(idFault !== undefined && { id: idFault }),
      };
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Create an organization" centered>
      <NewTenantForm drafted={drafted} onClose={onClose} />
    </Modal>
  );
}

interface NewTenant extends Record<string, unknown> {
  readonly title: string;
  readonly id: string;
  readonly edition: Edition;
}

function NewTenantForm({ drafted, onClose }: Omit<DraftedDialog<NewTenant>, 'opened'>) {
  const { form, isRestored, discard } = drafted;
  const navigate = useNavigate();
  const create = useApiMutation('POST /operator/tenants', ['GET /operator/tenants']);
  const [isOwnId, setOwnId] = useState(() => form.values.id !== idOfTitle(form.values.title));
  const submit = form.onSubmit(async (values) => {
    try {
      const body = { ...values, title: values.title.trim() };
      const { tenant } = await create.mutateAsync({ body });
      notifyDone(`${tenant.title} is created.`);
      onClose();
      await navigate(`/operator/tenants/${encodeURIComponent(tenant.id)}`);
    } catch (error) {
      form.setErrors(refusedFields(error));
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <TextInput
          label="Name"
          description="As people write it."
          required
          data-autofocus
          {...form.getInputProps('title')}
          onChange={(event) => {
            const title = event.currentTarget.value;
            form.setFieldValue('title', title);
            if (!isOwnId) form.setFieldValue('id', idOfTitle(title));
          }}
        />
        <TextInput
          label="Id"
          description="In addresses and stream names. It cannot be changed later."
          required
          {...form.getInputProps('id')}
          onChange={(event) => {
            setOwnId(true);
            form.setFieldValue('id', event.currentTarget.value);
          }}
        />
        <Select
          label="Edition"
          data={editionChoices}
          value={form.values.edition}
          onChange={(value) => {
            if (value !== null && isEdition(value)) form.setFieldValue('edition', value);
          }}
          allowDeselect={false}
        />
        <FormFailure error={create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
