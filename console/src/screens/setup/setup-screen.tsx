import { Alert, Button, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import type { Invitation } from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { errorSentence } from '../../api/call-error.ts';
import { LoadingState } from '../../components/loading-state.tsx';
import { roleTitles } from '../../session/role-titles.ts';
import { useEnter } from '../../session/use-enter.ts';
import { FrontDoor } from '../sign-in/front-door.tsx';
import { ChoosePassword } from './choose-password.tsx';
import { OfferSecondFactor } from './offer-second-factor.tsx';
import { useInvitationCode } from './use-invitation-code.ts';

/** Where an invitation leads: who it is for, a password, and the second factor right after. */
export function SetupScreen() {
  const code = useInvitationCode();
  const look = useApiMutation('POST /invitations/look');
  const [password, setPassword] = useState<string>();
  const { mutate } = look;
  useEffect(() => {
    if (code !== '') mutate({ body: { code } });
  }, [code, mutate]);
  const enter = useEnter('/');
  if (password !== undefined) {
    return <OfferSecondFactor password={password} onDone={() => void enter()} />;
  }
  if (code === '' || look.error !== null) {
    return <NoInvitation reason={look.error === null ? undefined : errorSentence(look.error)} />;
  }
  return (
    <FrontDoor title="Welcome" lead={look.data && <Welcome invitation={look.data} />}>
      {look.data === undefined ? (
        <LoadingState />
      ) : (
        <ChoosePassword code={code} invitation={look.data} onChosen={setPassword} />
      )}
    </FrontDoor>
  );
}

function Welcome({ invitation }: { readonly invitation: Invitation }) {
  const { email, role, tenantTitle, emailWanted } = invitation;
  return (
    <>
      {emailWanted ? 'You set this service up' : email} as {role === 'viewer' ? 'a' : 'an'}{' '}
      {roleTitles[role].toLowerCase()}
      {tenantTitle === null ? '' : ` of ${tenantTitle}`}. Choose a password.
    </>
  );
}

function NoInvitation({ reason }: { readonly reason: string | undefined }) {
  return (
    <FrontDoor title="This link does not work">
      <Stack>
        <Alert color="yellow" role="alert">
          {reason ?? 'It holds no invitation.'}
        </Alert>
        <Text size="sm">
          An invitation is good once, for 7 days. Check that the whole link was copied, or ask who
          sent it for a new one.
        </Text>
        <Button component={Link} to="/sign-in" variant="default">
          To the sign-in
        </Button>
      </Stack>
    </FrontDoor>
  );
}
