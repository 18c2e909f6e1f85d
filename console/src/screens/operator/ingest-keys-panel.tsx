import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { IngestKeyView } from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { HostileText } from '../../components/hostile-text.tsx';
import { notifyDone } from '../../components/notify.ts';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { Panel } from '../overview/panel.tsx';
import { NewIngestKeyDialog } from './new-ingest-key-dialog.tsx';

/** The keys with which the vendor's product posts an organization's events. */
export function IngestKeysPanel({ tenant }: { readonly tenant: string }) {
  const query = useApiQuery('GET /operator/tenants/:tenant/ingest-keys', { path: { tenant } });
  const [isCreating, { open, close }] = useDisclosure(false);
  return (
    <Panel
      title="Ingest keys"
      description={
        <>
          With these the product posts events to <Code>/ingest/v1/{tenant}/…</Code>
        </>
      }
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={open}
        >
          Create ingest key
        </Button>
      }
    >
      <QueryView query={query}>
        {({ ingestKeys }) =>
          ingestKeys.length === 0 ? (
            <EmptyState title="No ingest key">
              Without one no event of this organization can come in.
            </EmptyState>
          ) : (
            <Stack gap="sm">
              {ingestKeys.map((key) => (
                <IngestKeyRow key={key.keyId} tenant={tenant} ingestKey={key} />
              ))}
            </Stack>
          )
        }
      </QueryView>
      <NewIngestKeyDialog tenant={tenant} opened={isCreating} onClose={close} />
    </Panel>
  );
}

function IngestKeyRow({ tenant, ingestKey }: { tenant: string; ingestKey: IngestKeyView }) {
  const { keyId, name, createdAtMs, lastUsedAtMs } = ingestKey;
  const [isRevoking, setRevoking] = useState(false);
  const revoke = useApiMutation('DELETE /operator/tenants/:tenant/ingest-keys/:keyId', [
    'GET /operator/tenants/:tenant/ingest-keys',
  ]);
  return (
    <Group justify="space-between" gap="sm" wrap="nowrap">
      <div>
        <Text size="sm" fw={600} component="div">
          <HostileText>{name}</HostileText>
        </Text>
        <Text size="xs" c="dimmed" component="div">
          Created <Time ms={createdAtMs} relative /> · last used <Time ms={lastUsedAtMs} relative />
        </Text>
      </div>
      <Button
        variant="light"
        color="red"
        size="xs"
        onClick={() => setRevoking(true)}
        aria-label={`Revoke the ingest key ${name}`}
      >
        Revoke
      </Button>
      <ConfirmDialog
        opened={isRevoking}
        onClose={() => setRevoking(false)}
        title={`Revoke the ingest key ${name}?`}
        confirmLabel="Revoke"
        consequence="The product that uses it gets 401 from the next request on, and must hold its events until it has another key. This cannot be undone."
        onConfirm={async () => {
          await revoke.mutateAsync({ path: { tenant, keyId } });
          notifyDone(`The ingest key ${name} is revoked.`);
        }}
      />
    </Group>
  );
}
