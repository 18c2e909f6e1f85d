import { Alert, Group } from '@mantine/core';
import type { TokenView } from '../../../../../src/http/console-api/api-types.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Facts } from '../../../components/facts.tsx';
import { HostileText } from '../../../components/hostile-text.tsx';
import { Secret } from '../../../components/secret.tsx';
import { Time } from '../../../components/time.tsx';
import { TokenStateBadge } from './token-state-badge.tsx';

interface TokenFactsProps {
  readonly token: TokenView;
  readonly value: () => Promise<string>;
}

/** What there is to know about one's token. */
export function TokenFacts({ token, value }: TokenFactsProps) {
  const isValid = token.state === 'valid';
  return (
    <>
      {!isValid && (
        <Alert color="yellow" title={ended[token.state].title}>
          {ended[token.state].text}
        </Alert>
      )}
      <Facts
        facts={[
          { name: 'State', value: <TokenStateBadge token={token} /> },
          {
            name: 'User name',
            value: (
              <Group gap={4} wrap="nowrap">
                <HostileText>{token.email}</HostileText>
                <CopyButton value={token.email} label="Copy the user name" />
              </Group>
            ),
          },
          ...(isValid
            ? [
                {
                  name: 'Token',
                  value: <Secret key={token.createdAtMs} what="token" value={value} />,
                },
              ]
            : []),
          {
            name: isValid ? 'Expires' : 'Expired',
            value: (
              <>
                <Time ms={token.expiresAtMs} /> (<Time ms={token.expiresAtMs} relative />)
              </>
            ),
          },
          { name: 'Created', value: <Time ms={token.createdAtMs} /> },
          { name: 'Last used', value: <Time ms={token.lastUsedAtMs} relative never="not yet" /> },
        ]}
      />
    </>
  );
}

const ended = {
  valid: { title: '', text: '' },
  expired: {
    title: 'This token has expired',
    text: 'It cannot be copied any more, and pulls with it are refused. Create a new one; clients continue where they were.',
  },
  revoked: {
    title: 'This token was revoked',
    text: 'Pulls with it are refused. Create a new one; clients continue where they were.',
  },
};
