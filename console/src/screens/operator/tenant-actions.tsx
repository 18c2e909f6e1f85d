import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { TenantView } from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { notifyDone, notifyFailed } from '../../components/notify.ts';
import { EditTenantDialog } from './edit-tenant-dialog.tsx';

/** Change an organization, take it out of service, and back. */
export function TenantActions({ tenant }: { readonly tenant: TenantView }) {
  const [isEditing, editing] = useDisclosure(false);
  const [isDisabling, disabling] = useDisclosure(false);
  const change = useApiMutation('PATCH /operator/tenants/:tenant', ['GET /operator/tenants']);
  const path = { tenant: tenant.id };
  const enable = async (): Promise<void> => {
    try {
      await change.mutateAsync({ path, body: { enabled: true } });
      notifyDone(`${tenant.title} is enabled: it can pull and sign in again.`);
    } catch (error) {
      notifyFailed(error);
    }
  };
  return (
    <Group gap="sm">
      <Button variant="default" onClick={editing.open}>
        Change
      </Button>
      {tenant.enabled ? (
        <Button variant="light" color="red" onClick={disabling.open}>
          Disable
        </Button>
      ) : (
        <Button onClick={() => void enable()} loading={change.isPending}>
          Enable
        </Button>
      )}
      <EditTenantDialog tenant={tenant} opened={isEditing} onClose={editing.close} />
      <ConfirmDialog
        opened={isDisabling}
        onClose={disabling.close}
        title={`Disable ${tenant.title}?`}
        confirmLabel="Disable"
        typeToConfirm={tenant.id}
        onConfirm={async () => {
          await change.mutateAsync({ path, body: { enabled: false } });
          notifyDone(`${tenant.title} is disabled.`);
        }}
        consequence={
          <>
            <Text size="sm">
              From now on every pull with its tokens, API clients and connectors is refused, its
              product cannot post events, and its people cannot sign in.
            </Text>
            <Text size="sm" mt="xs">
              Nothing is deleted: its events stay for as long as they are kept, and everything works
              again once it is enabled.
            </Text>
          </>
        }
      />
    </Group>
  );
}
