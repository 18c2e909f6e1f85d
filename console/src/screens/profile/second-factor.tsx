import { Alert, Badge, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { formatCounted } from '../../components/format.ts';
import { Section } from '../../components/section.tsx';
import { EnrolSecondFactor } from '../../second-factor/enrol-second-factor.tsx';
import { useSession } from '../../session/session-context.ts';
import { NewRecoveryCodes } from './new-recovery-codes.tsx';
import { RemoveSecondFactor } from './remove-second-factor.tsx';

type Act = 'enrol' | 'codes' | 'remove';

const titles = {
  enrol: 'Set up the second factor',
  codes: 'New recovery codes',
  remove: 'Remove the second factor',
} as const satisfies Record<Act, string>;

const fewCodes = 3;

export function SecondFactor() {
  const { secondFactor, recoveryCodesLeft } = useSession();
  const [act, setAct] = useState<Act>();
  const close = (): void => setAct(undefined);
  return (
    <Section
      title="Second factor"
      description="A code of an authenticator app, asked for after your password."
      actions={<StateBadge />}
    >
      {secondFactor === 'provider' && (
        <Text size="sm">
          You sign in through your organization&rsquo;s provider, which sees to it.
        </Text>
      )}
      {secondFactor === 'none' && (
        <Group>
          <Button onClick={() => setAct('enrol')}>Set it up</Button>
        </Group>
      )}
      {secondFactor === 'totp' && (
        <Stack>
          {recoveryCodesLeft < fewCodes && (
            <Alert
              color="yellow"
              title={`${formatCounted(recoveryCodesLeft, 'recovery code')} left`}
            >
              Make new ones before you need them.
            </Alert>
          )}
          <Text size="sm">{formatCounted(recoveryCodesLeft, 'recovery code')} left.</Text>
          <Group>
            <Button variant="default" onClick={() => setAct('codes')}>
              New recovery codes
            </Button>
            <Button variant="subtle" color="red" onClick={() => setAct('remove')}>
              Remove
            </Button>
          </Group>
        </Stack>
      )}
      <Modal
        opened={act !== undefined}
        onClose={close}
        title={act === undefined ? '' : titles[act]}
        closeOnClickOutside={false}
        centered
      >
        {act === 'enrol' && <EnrolSecondFactor onDone={close} />}
        {act === 'codes' && <NewRecoveryCodes onDone={close} />}
        {act === 'remove' && <RemoveSecondFactor onDone={close} />}
      </Modal>
    </Section>
  );
}

function StateBadge() {
  const { secondFactor } = useSession();
  return secondFactor === 'none' ? (
    <Badge color="yellow" variant="light">
      Off
    </Badge>
  ) : (
    <Badge color="teal" variant="light">
      {secondFactor === 'totp' ? 'On' : 'By the provider'}
    </Badge>
  );
}
