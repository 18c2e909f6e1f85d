import { Alert, Divider, Stack, Text, Title } from '@mantine/core';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';
import { call } from '../../../api/call.ts';
import { Section } from '../../../components/section.tsx';
import { useMayChange, useSession, useTenant } from '../../../session/session-context.ts';
import { connectorSnippets } from '../snippets/connector-snippets.ts';
import { SnippetTabs } from '../snippets/snippet-tabs.tsx';
import { ConnectorActions } from './connector-actions.tsx';
import { ConnectorFacts } from './connector-facts.tsx';
import { ConnectorStateBadge } from './connector-state-badge.tsx';

/** One connector with everything an administrator does with it. */
export function Connector({ connector }: { readonly connector: ConnectorView }) {
  const tenant = useTenant();
  const mayChange = useMayChange();
  const { publicUrl } = useSession();
  const { name, state, approval, keys } = connector;
  const key = async (): Promise<string> => {
    const answer = await call('GET /tenants/:tenant/connectors/:name/key', {
      path: { tenant, name },
    });
    return answer.value;
  };
  return (
    <Section title={name} actions={<ConnectorStateBadge state={state} />}>
      <Stack>
        <StateNotice connector={connector} />
        <ConnectorFacts connector={connector} value={key} />
        {mayChange && <ConnectorActions connector={connector} />}
        {state === 'enabled' && approval !== null && (
          <>
            <Divider />
            <Title order={3} size="h5">
              Pull with it
            </Title>
            <SnippetTabs
              key={keys[0]?.createdAtMs ?? 0}
              what="key"
              {...(mayChange ? { secret: key } : {})}
              snippets={(value) =>
                connectorSnippets({ publicUrl, tenant, apiId: approval.apiId, key: value })
              }
            />
          </>
        )}
      </Stack>
    </Section>
  );
}

function StateNotice({ connector: { state } }: { readonly connector: ConnectorView }) {
  if (state === 'requested') {
    return (
      <Alert color="yellow" title="The operator has to approve it">
        <Text size="sm">
          Its API ID and key appear here afterwards; this screen looks for them by itself.
        </Text>
      </Alert>
    );
  }
  if (state === 'disabled') {
    return (
      <Alert color="gray" title="Disabled">
        <Text size="sm">It lets nobody in. Enabled again, it has the same API ID and key.</Text>
      </Alert>
    );
  }
  return null;
}
