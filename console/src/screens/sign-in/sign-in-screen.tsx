import { Alert, Button, Code, Divider, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { SignInMethods } from '../../../../src/http/console-api/api-types.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { QueryView } from '../../components/query-view.tsx';
import { returnPath } from '../../session/sign-in-path.ts';
import { useEnter } from '../../session/use-enter.ts';
import { FrontDoor } from './front-door.tsx';
import { ProviderButton } from './provider-button.tsx';
import { ProviderProblem } from './provider-problem.tsx';
import { SignInForm } from './sign-in-form.tsx';

type DemoAccount = NonNullable<SignInMethods['demoAccounts']>[number];

export function SignInScreen() {
  const methods = useApiQuery('GET /sign-in-methods', {});
  return (
    <FrontDoor title="Sign in" lead="The way of security events into your SIEM.">
      <QueryView query={methods}>{(answer) => <Ways methods={answer} />}</QueryView>
    </FrontDoor>
  );
}

function Ways({ methods }: { readonly methods: SignInMethods }) {
  const [filled, setFilled] = useState<DemoAccount>();
  const [search] = useSearchParams();
  const returnTo = returnPath(search);
  const onSignedIn = useEnter(returnTo);
  return (
    <Stack>
      <ProviderProblem problem={search.get('problem')} />
      {methods.setUpNeeded && <SetUpNeeded />}
      {methods.oidc !== null && (
        <ProviderButton
          title={methods.oidc.title}
          returnTo={returnTo}
          isOnlyWay={!methods.password}
        />
      )}
      {methods.oidc !== null && methods.password && <Divider label="or" />}
      {methods.password && (
        <SignInForm key={filled?.email ?? ''} fill={filled} onSignedIn={onSignedIn} />
      )}
      <DemoAccounts accounts={methods.demoAccounts ?? []} onChosen={setFilled} />
    </Stack>
  );
}

function SetUpNeeded() {
  return (
    <Alert color="yellow" title="Nobody can run this service yet">
      <Text size="sm">
        The terminal in which it was started shows a link that sets up the first operator, once.
        Lost it? <Code>tailrace operator invite</Code> makes a new one.
      </Text>
    </Alert>
  );
}

interface DemoAccountsProps {
  readonly accounts: readonly DemoAccount[];
  readonly onChosen: (account: DemoAccount) => void;
}

function DemoAccounts({ accounts, onChosen }: DemoAccountsProps) {
  if (accounts.length === 0) return null;
  return (
    <Stack gap="xs">
      <Divider label="Accounts of the demo" />
      <Group gap="xs">
        {accounts.map((account) => (
          <Button
            key={account.email}
            size="xs"
            variant="light"
            onClick={() => onChosen({ ...account })}
          >
            {account.email}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
