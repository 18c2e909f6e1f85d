import { Button, Group, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { TotpEnrolment } from '../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../api/use-api-mutation.ts';
import { ErrorState } from '../components/error-state.tsx';
import { LoadingState } from '../components/loading-state.tsx';
import { ConfirmSecondFactor } from './confirm-second-factor.tsx';
import { PasswordStep } from './password-step.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface EnrolSecondFactorProps {
  /** Just typed, as during set-up; asked for when it is not there. */
  readonly password?: string;
  readonly onDone: () => void;
}

/** Password → QR code and first code → recovery codes. */
export function EnrolSecondFactor({ password, onDone }: EnrolSecondFactorProps) {
  const [enrolment, setEnrolment] = useState<TotpEnrolment>();
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes !== undefined) {
    return (
      <Stack>
        <RecoveryCodes codes={codes} />
        <Group justify="flex-end">
          <Button onClick={onDone}>I have kept them</Button>
        </Group>
      </Stack>
    );
  }
  if (enrolment !== undefined) {
    return <ConfirmSecondFactor enrolment={enrolment} onConfirmed={setCodes} />;
  }
  return <Begin password={password} onBegun={setEnrolment} />;
}

interface BeginProps {
  readonly password: string | undefined;
  readonly onBegun: (enrolment: TotpEnrolment) => void;
}

function Begin({ password, onBegun }: BeginProps) {
  const begin = useApiMutation('POST /me/totp');
  const send = (given: string): void =>
    begin.mutate({ body: { password: given } }, { onSuccess: onBegun });
  useEffect(() => {
    if (password !== undefined) send(password);
  }, [password]);
  if (password === undefined) {
    return (
      <PasswordStep
        label="Continue"
        lead="Your password first."
        error={begin.error}
        isRunning={begin.isPending}
        onSubmit={send}
      />
    );
  }
  return begin.error === null ? (
    <LoadingState />
  ) : (
    <ErrorState error={begin.error} onRetry={() => send(password)} />
  );
}
