import { Button, Center, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { TotpEnrolment } from '../../../src/http/console-api/api-types.ts';
import { errorSentence, refusedFields } from '../api/call-error.ts';
import { useApiMutation } from '../api/use-api-mutation.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { QrCode } from './qr-code.tsx';

interface ConfirmSecondFactorProps {
  readonly enrolment: TotpEnrolment;
  readonly onConfirmed: (recoveryCodes: readonly string[]) => void;
}

/** The authenticator app reads the secret; its first code proves that it did. */
export function ConfirmSecondFactor({ enrolment, onConfirmed }: ConfirmSecondFactorProps) {
  const [code, setCode] = useState('');
  const confirm = useApiMutation('POST /me/totp/confirm', ['GET /session']);
  const refusal =
    confirm.error === null
      ? undefined
      : (refusedFields(confirm.error)['code'] ?? errorSentence(confirm.error));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(
          { body: { code: code.replaceAll(/\s/g, '') } },
          { onSuccess: ({ recoveryCodes }) => onConfirmed(recoveryCodes) },
        );
      }}
    >
      <Stack>
        <Text size="sm">Scan this with your authenticator app, or type the secret into it.</Text>
        <Center>
          <QrCode value={enrolment.uri} label="QR code of the secret" />
        </Center>
        <Group justify="center" gap={4} wrap="nowrap">
          <Text ff="monospace" size="sm" style={{ overflowWrap: 'anywhere' }}>
            {enrolment.secret.replaceAll(/(.{4})/g, '$1 ').trim()}
          </Text>
          <CopyButton value={enrolment.secret} label="Copy the secret" />
        </Group>
        <TextInput
          label="Code"
          description="Six digits that the app shows for Tailrace."
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={refusal}
          required
          withAsterisk={false}
          maxLength={10}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={confirm.isPending}>
            Confirm
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
