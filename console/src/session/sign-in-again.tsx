import { Button, Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from 'react-router';
import { call } from '../api/call.ts';
import { sessionEnded } from '../api/connection.ts';
import { useSignal } from '../api/signal-store.ts';

import { SignInForm } from '../screens/sign-in/sign-in-form.tsx';
import { ProviderButton } from '../screens/sign-in/provider-button.tsx';
import { apiQueryKey, useApiQuery } from '../api/use-api-query.ts';

/**
 * When the session ends in the middle of something: asks to sign in over the screen, which keeps what
 * was typed. Somebody else signing in gets a clean console instead.
 */
export function SignInAgain({ email }: { readonly email: string }) {
  const isEnded = useSignal(sessionEnded);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const onSignedIn = async (): Promise<void> => {
    const session = await call('GET /session', {});
    sessionEnded.set(false);
    if (session.email === email) {
      await queryClient.invalidateQueries();
      return;
    }
    queryClient.clear();
    queryClient.setQueryData(apiQueryKey('GET /session', {}), session);
    await navigate('/');
  };
  const leave = async (): Promise<void> => {
    queryClient.clear();
    await navigate('/sign-in');
    sessionEnded.set(false);
  };
  return (
    <Modal
      opened={isEnded}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title="Sign in again"
      centered
    >
      <Stack>
        <Text size="sm">
          Your session has ended. What you were doing is still here: sign in and go on.
        </Text>
        <WaysBack email={email} onSignedIn={onSignedIn} />
        <Button variant="subtle" color="gray" size="xs" onClick={() => void leave()}>
          Leave instead
        </Button>
      </Stack>
    </Modal>
  );
}

interface WaysBackProps {
  readonly email: string;
  readonly onSignedIn: () => Promise<void>;
}

/** Through a provider the page goes, and what was typed comes back as a draft. */
function WaysBack({ email, onSignedIn }: WaysBackProps) {
  const { pathname, search } = useLocation();
  const { data: methods } = useApiQuery('GET /sign-in-methods', {});
  return (
    <>
      {methods?.oidc && (
        <ProviderButton title={methods.oidc.title} returnTo={`${pathname}${search}`} />
      )}
      {methods?.password !== false && <SignInForm email={email} onSignedIn={onSignedIn} />}
    </>
  );
}
