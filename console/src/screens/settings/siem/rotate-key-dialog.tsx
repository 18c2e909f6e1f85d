import { Button, Group, Modal, Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { notifyDone } from '../../../components/notify.ts';
import { FormFailure } from '../../../forms/form-failure.tsx';
import { useTenant } from '../../../session/session-context.ts';

interface RotateKeyDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly name: string;
}

export function RotateKeyDialog({ opened, onClose, name }: RotateKeyDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Rotate the key of ${name}`} centered>
      <RotateKey onClose={onClose} name={name} />
    </Modal>
  );
}

const overlaps = [
  {
    overlapMs: 0,
    label: 'At once',
    description: 'The key has leaked: it and its access tokens are refused from now on.',
  },
  {
    overlapMs: 3_600_000,
    label: 'After an hour',
    description: 'You change the client right away.',
  },
  { overlapMs: 86_400_000, label: 'After a day', description: 'The usual choice.' },
  {
    overlapMs: 7 * 86_400_000,
    label: 'After a week',
    description: 'Several clients use it, or changes need a window.',
  },
] as const;

function RotateKey({ onClose, name }: Omit<RotateKeyDialogProps, 'opened'>) {
  const tenant = useTenant();
  const [overlap, setOverlap] = useState('86400000');
  const rotate = useApiMutation('POST /tenants/:tenant/connectors/:name/rotate', [
    'GET /tenants/:tenant/connectors',
    'GET /tenants/:tenant/overview',
  ]);
  const submit = async (): Promise<void> => {
    await rotate.mutateAsync({ path: { tenant, name }, body: { overlapMs: Number(overlap) } });
    notifyDone('The connector has a new key.');
    onClose();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch(() => undefined);
      }}
    >
      <Stack>
        <Radio.Group
          label="When does the key you have now end?"
          description="Until then both are good. One that is older still ends at once."
          value={overlap}
          onChange={setOverlap}
        >
          <Stack gap="sm" mt="sm">
            {overlaps.map(({ overlapMs, label, description }) => (
              <Radio
                key={overlapMs}
                value={String(overlapMs)}
                label={label}
                description={description}
              />
            ))}
          </Stack>
        </Radio.Group>
        <FormFailure error={rotate.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={rotate.isPending}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
