import { Button, Group, Stack } from '@mantine/core';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { PasswordStep } from '../../second-factor/password-step.tsx';
import { RecoveryCodes } from '../../second-factor/recovery-codes.tsx';

export function NewRecoveryCodes({ onDone }: { readonly onDone: () => void }) {
  const make = useApiMutation('POST /me/recovery-codes', ['GET /session']);
  if (make.data !== undefined) {
    return (
      <Stack>
        <RecoveryCodes codes={make.data.recoveryCodes} />
        <Group justify="flex-end">
          <Button onClick={onDone}>I have kept them</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <PasswordStep
      lead="The codes you have now end with it."
      label="Make new codes"
      error={make.error}
      isRunning={make.isPending}
      onSubmit={(password) => make.mutate({ body: { password } })}
    />
  );
}
