import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useState } from 'react';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { notifyDone } from '../../../components/notify.ts';
import { FormFailure } from '../../../forms/form-failure.tsx';
import { RestoredNotice } from '../../../forms/restored-notice.tsx';
import { useDraftedDialog, type DraftedDialog } from '../../../forms/use-drafted-dialog.ts';
import { useTenant } from '../../../session/session-context.ts';
import { ConnectorFields } from './connector-fields.tsx';
import { checkConnector, refusals, toRequest, type ConnectorFormValues } from './connector-form.ts';

interface RequestConnectorDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** "Connector registration is done based on customer's request." */
export function RequestConnectorDialog(dialog: RequestConnectorDialogProps) {
  const { drafted, opened, onClose } = useDraftedDialog<ConnectorFormValues>(dialog, {
    name: 'connector-request',
    saved: { name: '', redirectUrl: '', allowed: '' },
    validate: checkConnector,
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Request a connector" size="lg" centered>
      <RequestForm drafted={drafted} onClose={onClose} />
    </Modal>
  );
}

type RequestFormProps = Omit<DraftedDialog<ConnectorFormValues>, 'opened'>;

function RequestForm({ drafted, onClose }: RequestFormProps) {
  const { form, isRestored, discard } = drafted;
  const { send, failure, isSending } = useRequest(form, onClose);
  return (
    <form onSubmit={form.onSubmit((values) => void send(values))}>
      <Stack>
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <TextInput
          label="Connector name"
          description="The SIEM that uses it, such as “SOC Splunk”."
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <ConnectorFields form={form} />
        <FormFailure error={failure} fields={['name', 'redirectUrl', 'allowedNetworks']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isSending}>
            Request
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useRequest({ setErrors }: UseFormReturnType<ConnectorFormValues>, onDone: () => void) {
  const tenant = useTenant();
  const [failure, setFailure] = useState<unknown>();
  const request = useApiMutation('POST /tenants/:tenant/connectors', [
    'GET /tenants/:tenant/connectors',
  ]);
  const send = async (values: ConnectorFormValues): Promise<void> => {
    setFailure(undefined);
    try {
      await request.mutateAsync({ path: { tenant }, body: toRequest(values) });
      notifyDone('Requested. The operator has to approve it.');
      onDone();
    } catch (error) {
      setErrors(refusals(error));
      setFailure(error);
    }
  };
  return { send, failure, isSending: request.isPending };
}
