import { Alert } from '@mantine/core';

/** Why the OpenID provider's way ended on the sign-in page, as `?problem=` says it. */
const problems: Readonly<Record<string, string>> = {
  'unknown-person':
    'The provider knows you, but nobody has invited you here. Ask an administrator of your organization.',
  refused: 'The provider did not vouch for you, or it was cancelled there.',
  expired: 'It took too long, or another window came between. Try again.',
  unavailable: 'The provider does not answer at the moment. Try again, or sign in another way.',
};

export function ProviderProblem({ problem }: { readonly problem: string | null }) {
  if (problem === null) return null;
  return (
    <Alert color="red" role="alert" title="You are not signed in">
      {problems[problem] ?? 'Signing in through the provider did not work.'}
    </Alert>
  );
}
