import { Alert, Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { TenantView } from '../../../../src/http/console-api/api-types.ts';
import { refusedFields } from '../../api/call-error.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { notifyDone } from '../../components/notify.ts';
import { editionChoices, editions, isEdition } from './editions.ts';
import { FormFailure } from '../../forms/form-failure.tsx';

interface EditTenantDialogProps {
  readonly tenant: TenantView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EditTenantDialog({ tenant, opened, onClose }: EditTenantDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Change ${tenant.title}`} centered>
      <EditTenantForm tenant={tenant} onClose={onClose} />
    </Modal>
  );
}

function EditTenantForm({ tenant, onClose }: Omit<EditTenantDialogProps, 'opened'>) {
  const change = useApiMutation('PATCH /operator/tenants/:tenant', ['GET /operator/tenants']);
  const form = useForm({
    initialValues: { title: tenant.title, edition: tenant.edition },
    validate: {
      title: (title) => (title.trim() === '' ? 'Enter the name of the organization.' : null),
    },
  });
  const losesExport =
    editions[tenant.edition] !== editions[form.values.edition] &&
    editions[form.values.edition] === editions.Business;
  const submit = form.onSubmit(async ({ title, edition }) => {
    try {
      await change.mutateAsync({
        path: { tenant: tenant.id },
        body: { title: title.trim(), edition },
      });
      notifyDone('The change is saved.');
      onClose();
    } catch (error) {
      form.setErrors(refusedFields(error));
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput label="Name" required data-autofocus {...form.getInputProps('title')} />
        <Select
          label="Edition"
          data={editionChoices}
          value={form.values.edition}
          onChange={(value) => {
            if (value !== null && isEdition(value)) form.setFieldValue('edition', value);
          }}
          allowDeselect={false}
        />
        {losesExport && (
          <Alert color="orange" title="This edition has no Events API">
            Pulls with the organization&apos;s tokens and API clients are refused from then on, with
            the sentence the documentation has for it. Events are kept; with another edition they
            can be pulled again.
          </Alert>
        )}
        <FormFailure error={change.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
