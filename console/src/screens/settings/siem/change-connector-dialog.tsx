import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { notifyDone } from '../../../components/notify.ts';
import { FormFailure } from '../../../forms/form-failure.tsx';
import { RestoredNotice } from '../../../forms/restored-notice.tsx';
import { useDraftedForm } from '../../../forms/use-drafted-form.ts';
import { ConnectorFields } from './connector-fields.tsx';
import { checkConnector, refusals, toRequest, type ConnectorFormValues } from './connector-form.ts';
import { useChangeConnector } from './use-change-connector.ts';

interface ChangeConnectorDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly connector: ConnectorView;
}

export function ChangeConnectorDialog({ opened, onClose, connector }: ChangeConnectorDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Change ${connector.name}`} size="lg" centered>
      <ChangeForm onClose={onClose} connector={connector} />
    </Modal>
  );
}

function ChangeForm({ onClose, connector }: Omit<ChangeConnectorDialogProps, 'opened'>) {
  const { form, isDirty, isRestored, discard, send, failure, isSending } = useChange(
    connector,
    onClose,
  );
  return (
    <form onSubmit={form.onSubmit((values) => void send(values))}>
      <Stack>
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <Alert>
          Both take effect with the next request. A client whose address is not allowed any more is
          refused, even with a good access token.
        </Alert>
        <ConnectorFields form={form} />
        <FormFailure error={failure} fields={['redirectUrl', 'allowedNetworks']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isSending} disabled={!isDirty}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useChange(connector: ConnectorView, onClose: () => void) {
  const [failure, setFailure] = useState<unknown>();
  const drafted = useDraftedForm<ConnectorFormValues>({
    name: `connector:${connector.name}`,
    saved: {
      name: connector.name,
      redirectUrl: connector.redirectUrl,
      allowed: connector.allowedNetworks.join('\n'),
    },
    validate: checkConnector,
  });
  const { change, isPending } = useChangeConnector(connector.name);
  const send = async (values: ConnectorFormValues): Promise<void> => {
    setFailure(undefined);
    try {
      const { name: _name, ...wanted } = toRequest(values);
      await change(wanted);
      drafted.settle(values);
      notifyDone('Saved.');
      onClose();
    } catch (error) {
      drafted.form.setErrors(refusals(error));
      setFailure(error);
    }
  };
  return { ...drafted, send, failure, isSending: isPending };
}
