import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notifyDone, notifyFailed } from '../../../components/notify.ts';
import { useChangeConnector } from './use-change-connector.ts';

/** Disables after asking, enables at once. */
export function SwitchConnector({ connector }: { readonly connector: ConnectorView }) {
  const { name, state } = connector;
  const { change, isPending } = useChangeConnector(name);
  const [isAsking, { open, close }] = useDisclosure(false);
  const enable = async (): Promise<void> => {
    try {
      await change({ enabled: true });
      notifyDone('The connector is enabled.');
    } catch (error) {
      notifyFailed(error);
    }
  };
  if (state === 'disabled') {
    return (
      <Button variant="default" loading={isPending} onClick={() => void enable()}>
        Enable
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" onClick={open}>
        Disable
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={close}
        title={`Disable ${name}?`}
        consequence="Its access tokens end at once, and your SIEM is refused until you enable it again. API ID and key stay the same. Attacks go on being recorded; they can be asked for later, up to 30 days back."
        confirmLabel="Disable"
        onConfirm={async () => {
          await change({ enabled: false });
          notifyDone('The connector is disabled.');
        }}
      />
    </>
  );
}
