import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notifyDone } from '../../../components/notify.ts';
import { useTenant } from '../../../session/session-context.ts';

export function DeleteConnector({ connector }: { readonly connector: ConnectorView }) {
  const tenant = useTenant();
  const { name, state } = connector;
  const [isAsking, { open, close }] = useDisclosure(false);
  const remove = useApiMutation('DELETE /tenants/:tenant/connectors/:name', [
    'GET /tenants/:tenant/connectors',
    'GET /tenants/:tenant/overview',
  ]);
  const wasRequested = state === 'requested';
  return (
    <>
      <Button variant="subtle" color="red" onClick={open}>
        {wasRequested ? 'Withdraw the request' : 'Delete'}
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={close}
        title={wasRequested ? `Withdraw the request for ${name}?` : `Delete ${name}?`}
        consequence={
          wasRequested
            ? 'The operator does not see it any more. You can request it again.'
            : 'Its API ID, keys and access tokens end at once, for good. A connector of the same name has to be requested and approved anew, and gets another API ID and key. Recorded attacks stay.'
        }
        confirmLabel={wasRequested ? 'Withdraw' : 'Delete'}
        {...(wasRequested ? {} : { typeToConfirm: name })}
        onConfirm={async () => {
          await remove.mutateAsync({ path: { tenant, name } });
          notifyDone(wasRequested ? 'The request is withdrawn.' : 'The connector is deleted.');
        }}
      />
    </>
  );
}
