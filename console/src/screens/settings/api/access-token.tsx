import { Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import type { TokenView } from '../../../../../src/http/console-api/api-types.ts';
import { call } from '../../../api/call.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { useApiQuery } from '../../../api/use-api-query.ts';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { CopyButton } from '../../../components/copy-button.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { notifyDone } from '../../../components/notify.ts';
import { QueryView } from '../../../components/query-view.tsx';
import { Section } from '../../../components/section.tsx';
import { useSession, useTenant } from '../../../session/session-context.ts';
import { eventsApiSnippets } from '../snippets/events-api-snippets.ts';
import { SnippetTabs } from '../snippets/snippet-tabs.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { TokenFacts } from './token-facts.tsx';

const watchExpiryMs = 15_000;

/** inSync's page "Access token for inSync APIs". */
export function AccessToken() {
  const tenant = useTenant();
  const query = useApiQuery(
    'GET /tenants/:tenant/token',
    { path: { tenant } },
    { refetchIntervalMs: watchExpiryMs },
  );
  const [isCreating, { open, close }] = useDisclosure(false);
  return (
    <Section
      title="Access token for inSync APIs"
      description="Your own: your e-mail address is its user name, the token its password. Events API v1 takes both as HTTP Basic authentication."
    >
      <QueryView query={query}>
        {({ token }) => (
          <>
            {token === null ? <NoToken onCreate={open} /> : <Token token={token} onCreate={open} />}
            <NewTokenDialog opened={isCreating} onClose={close} replaced={token ?? undefined} />
          </>
        )}
      </QueryView>
    </Section>
  );
}

function NoToken({ onCreate }: { readonly onCreate: () => void }) {
  return (
    <EmptyState
      icon={<IconKey size={24} />}
      title="You have no token yet"
      action={<Button onClick={onCreate}>Create New Token</Button>}
    >
      Create one for the script or the collector that pulls events for your SIEM.
    </EmptyState>
  );
}

interface TokenProps {
  readonly token: TokenView;
  readonly onCreate: () => void;
}

function Token({ token, onCreate }: TokenProps) {
  const tenant = useTenant();
  const { publicUrl, email } = useSession();
  const isValid = token.state === 'valid';
  const value = async (): Promise<string> => {
    const answer = await call('GET /tenants/:tenant/token/value', { path: { tenant } });
    return answer.value;
  };
  return (
    <Stack>
      <TokenFacts token={token} value={value} />
      <Group>
        <CopyButton value={value} label="Copy Token" variant="filled" disabled={!isValid}>
          Copy Token
        </CopyButton>
        <Button variant="default" onClick={onCreate}>
          Create New Token
        </Button>
        {isValid && <Revoke />}
      </Group>
      {isValid && (
        <SnippetTabs
          key={token.createdAtMs}
          what="token"
          secret={value}
          snippets={(secret) => eventsApiSnippets({ publicUrl, tenant, email, token: secret })}
        />
      )}
    </Stack>
  );
}

function Revoke() {
  const tenant = useTenant();
  const [isAsking, { open, close }] = useDisclosure(false);
  const revoke = useApiMutation('DELETE /tenants/:tenant/token', [
    'GET /tenants/:tenant/token',
    'GET /tenants/:tenant/tokens',
  ]);
  return (
    <>
      <Button variant="subtle" color="red" onClick={open}>
        Revoke
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={close}
        title="Revoke your token?"
        consequence="Whatever pulls events with it is refused from this moment on, until it gets a new token. This cannot be undone. No event is lost: a client continues where it was."
        confirmLabel="Revoke"
        onConfirm={async () => {
          await revoke.mutateAsync({ path: { tenant } });
          notifyDone('The token is revoked.');
        }}
      />
    </>
  );
}
