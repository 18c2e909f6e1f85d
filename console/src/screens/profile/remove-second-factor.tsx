import { useApiMutation } from '../../api/use-api-mutation.ts';
import { notifyDone } from '../../components/notify.ts';
import { PasswordStep } from '../../second-factor/password-step.tsx';

export function RemoveSecondFactor({ onDone }: { readonly onDone: () => void }) {
  const remove = useApiMutation('POST /me/totp/remove', ['GET /session']);
  return (
    <PasswordStep
      lead="Your password alone signs you in afterwards; the recovery codes end. You can set the second factor up again at any time."
      label="Remove"
      color="red.9"
      error={remove.error}
      isRunning={remove.isPending}
      onSubmit={(password) =>
        remove.mutate(
          { body: { password } },
          {
            onSuccess: () => {
              notifyDone('The second factor is removed.');
              onDone();
            },
          },
        )
      }
    />
  );
}
