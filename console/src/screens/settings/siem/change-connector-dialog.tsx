import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { notifyDone } from '../../../components/notify.ts';
import { FormFailure } from '../../../forms/form-failure.tsx';
import { RestoredNotice } from '../../../forms/restored-notice.tsx';
import type { DraftedForm } from '../../../forms/use-drafted-form.ts';
import { useDraftedDialog, type DraftedDialog } from '../../../forms/use-drafted-dialog.ts';
import { ConnectorFields } from './connector-fields.tsx';
import { checkConnector, refusals, toRequest, type ConnectorFormValues } from './connector-form.ts';
import { useChangeConnector } from './use-change-connector.ts';

interface ChangeConnectorDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly connector: ConnectorView;
}

export function ChangeConnectorDialog({ connector, ...dialog }: ChangeConnectorDialogProps) {
  const { name, redirectUrl, allowedNetworks } = connector;
  const { drafted, opened, onClose } = useDraftedDialog<ConnectorFormValues>(dialog, {
    name: `connector:${name}`,
    saved: { name, redirectUrl, allowed: allowedNetworks.join('\n') },
    validate: checkConnector,
  });
  return (
    <Modal opened={opened} onClose={onClose} title={`Change ${name}`} size="lg" centered>
      <ChangeForm drafted={drafted} onClose={onClose} name={name} />
    </Modal>
  );
}

interface ChangeFormProps extends Omit<DraftedDialog<ConnectorFormValues>, 'opened'> {
  readonly name: string;
}

function ChangeForm({ drafted, onClose, name }: ChangeFormProps) {
  const { form, isDirty, isRestored, discard } = drafted;
  const { send, failure, isSending } = useChange(name, drafted, onClose);
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

function useChange(
  name: string,
  { form, settle }: DraftedForm<ConnectorFormValues>,
  onDone: () => void,
) {
  const [failure, setFailure] = useState<unknown>();
  const { change, isPending } = useChangeConnector(name);
  const send = async (values: ConnectorFormValues): Promise<void> => {
    setFailure(undefined);
    try {
      const { name: _name, ...wanted } = toRequest(values);
      await change(wanted);
      settle(values);
      notifyDone('Saved.');
      onDone();
    } catch (error) {
      form.setErrors(refusals(error));
      setFailure(error);
    }
  };
  return { send, failure, isSending: isPending };
}
