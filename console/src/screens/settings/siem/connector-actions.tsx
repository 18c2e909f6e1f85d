import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { ChangeConnectorDialog } from './change-connector-dialog.tsx';
import { DeleteConnector } from './delete-connector.tsx';
import { RotateKeyDialog } from './rotate-key-dialog.tsx';
import { SwitchConnector } from './switch-connector.tsx';
import { TryItDialog } from './try-it-dialog.tsx';

/** What an administrator does with a connector. */
export function ConnectorActions({ connector }: { readonly connector: ConnectorView }) {
  const [open, setOpen] = useState<'change' | 'rotate' | 'try'>();
  const close = (): void => setOpen(undefined);
  const { name, state } = connector;
  return (
    <Group gap="xs">
      {state === 'enabled' && <Button onClick={() => setOpen('try')}>Try it</Button>}
      {state === 'enabled' && (
        <Button variant="default" onClick={() => setOpen('rotate')}>
          Rotate the key
        </Button>
      )}
      <Button variant="default" onClick={() => setOpen('change')}>
        Change
      </Button>
      {state !== 'requested' && <SwitchConnector connector={connector} />}
      <DeleteConnector connector={connector} />
      <ChangeConnectorDialog
        // Begins anew with what was saved meanwhile, here or elsewhere.
        key={`${connector.redirectUrl} ${connector.allowedNetworks.join(' ')}`}
        opened={open === 'change'}
        onClose={close}
        connector={connector}
      />
      <RotateKeyDialog opened={open === 'rotate'} onClose={close} name={name} />
      <TryItDialog opened={open === 'try'} onClose={close} name={name} />
    </Group>
  );
}
