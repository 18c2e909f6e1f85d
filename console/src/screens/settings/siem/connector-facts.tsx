import { Group, Text } from '@mantine/core';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Facts } from '../../../components/facts.tsx';
import { HostileText } from '../../../components/hostile-text.tsx';
import { Secret } from '../../../components/secret.tsx';
import { Time } from '../../../components/time.tsx';
import { useMayChange } from '../../../session/session-context.ts';

interface ConnectorFactsProps {
  readonly connector: ConnectorView;
  readonly value: () => Promise<string>;
}

/** "The Connector Name, API ID, and Key are displayed in API Integration section." */
export function ConnectorFacts({ connector, value }: ConnectorFactsProps) {
  const { name, redirectUrl, allowedNetworks, requestedAtMs, lastUsedAtMs, approval } = connector;
  return (
    <Facts
      facts={[
        { name: 'Connector name', value: <HostileText>{name}</HostileText> },
        ...(approval === null
          ? []
          : [
              { name: 'API ID', value: <Copied what="API ID" text={approval.apiId} /> },
              { name: 'Key', value: <Key connector={connector} value={value} /> },
            ]),
        { name: 'Redirect URL', value: <Copied what="redirect URL" text={redirectUrl} /> },
        {
          name: 'Allowed addresses',
          value: allowedNetworks.length === 0 ? 'from anywhere' : allowedNetworks.join(', '),
        },
        ...(approval === null
          ? [{ name: 'Requested', value: <Time ms={requestedAtMs} /> }]
          : [
              { name: 'Attacks since', value: <Time ms={approval.siemEnabledAtMs} /> },
              { name: 'Last used', value: <Time ms={lastUsedAtMs} relative never="not yet" /> },
            ]),
      ]}
    />
  );
}

function Copied({ what, text }: { readonly what: string; readonly text: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <HostileText monospace>{text}</HostileText>
      <CopyButton value={text} label={`Copy the ${what}`} />
    </Group>
  );
}

function Key({ connector: { keys }, value }: ConnectorFactsProps) {
  const mayChange = useMayChange();
  const [newest, ...older] = keys;
  return (
    <div>
      {mayChange ? (
        <Secret key={newest?.createdAtMs} what="key" value={value} />
      ) : (
        'Administrators can see it.'
      )}
      <Text size="sm" c="dimmed" component="div">
        Created <Time ms={newest?.createdAtMs} relative />.
        {older.map(({ createdAtMs, endsAtMs }) => (
          <span key={createdAtMs}>
            {' '}
            The key before it is good until <Time ms={endsAtMs} />.
          </span>
        ))}
      </Text>
    </div>
  );
}
