import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { errorSentence } from '../../../api/call-error.ts';
import type { CallAnswer } from '../../../api/endpoint.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Facts } from '../../../components/facts.tsx';
import { Secret } from '../../../components/secret.tsx';
import { RestoredNotice } from '../../../forms/restored-notice.tsx';
import { useDraftedDialog, type DraftedDialog } from '../../../forms/use-drafted-dialog.ts';
import { useSession, useTenant } from '../../../session/session-context.ts';
import { apiClientSnippets } from '../snippets/api-client-snippets.ts';
import { SnippetTabs } from '../snippets/snippet-tabs.tsx';

interface NewApiClientDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

type Created = CallAnswer<'POST /tenants/:tenant/api-clients'>;

/** Asks for a name, then shows the secret, once. */
export function NewApiClientDialog(props: NewApiClientDialogProps) {
  const [created, setCreated] = useState<Created>();
  const { drafted, opened, onClose } = useDraftedDialog<NewClient>(props, {
    name: 'api-client',
    saved: nameless,
  });
  const close = (): void => {
    onClose();
    setCreated(undefined);
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={created === undefined ? 'Create credentials' : 'Copy the secret now'}
      size={created === undefined ? 'md' : 'xl'}
      closeOnClickOutside={created === undefined}
      closeOnEscape={created === undefined}
      centered
    >
      {created === undefined ? (
        <NameForm drafted={drafted} onCreated={setCreated} onClose={close} />
      ) : (
        <NewCredentials created={created} onClose={close} />
      )}
    </Modal>
  );
}

interface NewClient extends Record<string, unknown> {
  readonly name: string;
}

const nameless: NewClient = { name: '' };

interface NameFormProps extends Omit<DraftedDialog<NewClient>, 'opened'> {
  readonly onCreated: (created: Created) => void;
}

function NameForm({ drafted, onCreated, onClose }: NameFormProps) {
  const tenant = useTenant();
  const { form, isRestored, discard, settle } = drafted;
  const { name } = form.values;
  const create = useApiMutation('POST /tenants/:tenant/api-clients', [
    'GET /tenants/:tenant/api-clients',
  ]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { path: { tenant }, body: { name: name.trim() } },
          {
            onSuccess: (created) => {
              settle(nameless);
              onCreated(created);
            },
          },
        );
      }}
    >
      <Stack>
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <TextInput
          label="Name"
          description="What will use them, such as “Sentinel” or “SOC collector”."
          {...form.getInputProps('name')}
          error={create.error === null ? undefined : errorSentence(create.error)}
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface NewCredentialsProps {
  readonly created: Created;
  readonly onClose: () => void;
}

function NewCredentials({ created: { apiClient, secret }, onClose }: NewCredentialsProps) {
  const tenant = useTenant();
  const { publicUrl } = useSession();
  return (
    <Stack>
      <Alert color="yellow">
        The secret is shown this once. Only a digest of it is kept: lost, it cannot be had again.
      </Alert>
      <Facts
        facts={[
          { name: 'Name', value: apiClient.name },
          {
            name: 'Client ID',
            value: (
              <Group gap={4} wrap="nowrap">
                <code>{apiClient.clientId}</code>
                <CopyButton value={apiClient.clientId} label="Copy the client ID" />
              </Group>
            ),
          },
          { name: 'Client secret', value: <Secret what="client secret" value={secret} /> },
        ]}
      />
      <SnippetTabs
        what="secret"
        secret={() => Promise.resolve(secret)}
        snippets={(inserted) =>
          apiClientSnippets({ publicUrl, tenant, clientId: apiClient.clientId, secret: inserted })
        }
      />
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
