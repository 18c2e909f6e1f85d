import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { EnrolSecondFactor } from '../../second-factor/enrol-second-factor.tsx';
import { SessionGate } from '../../session/session-gate.tsx';
import { FrontDoor } from '../sign-in/front-door.tsx';

interface OfferSecondFactorProps {
  readonly password: string;
  readonly onDone: () => void;
}

export function OfferSecondFactor({ password, onDone }: OfferSecondFactorProps) {
  const [isAccepted, setAccepted] = useState(false);
  return (
    <FrontDoor
      title="Protect your account"
      lead="With a second factor a stolen password alone opens nothing. It takes a minute and an authenticator app."
    >
      {isAccepted ? (
        <SessionGate>
          <EnrolSecondFactor password={password} onDone={onDone} />
        </SessionGate>
      ) : (
        <Stack>
          <Button onClick={() => setAccepted(true)} data-autofocus>
            Set up the second factor
          </Button>
          <Button variant="subtle" onClick={onDone}>
            Later; you find it under Profile and security
          </Button>
        </Stack>
      )}
    </FrontDoor>
  );
}
