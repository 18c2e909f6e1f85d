import { Anchor, Button, Group, Paper, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from 'react-router';
import type { ConnectorRequestView } from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { HostileText } from '../../components/hostile-text.tsx';
import { notifyDone } from '../../components/notify.ts';
import { Time } from '../../components/time.tsx';
import { ApproveDialog } from './approve-dialog.tsx';
import classes from './request-card.module.css';

/** What was asked for, by whom, and the two answers. */
export function RequestCard({ request }: { readonly request: ConnectorRequestView }) {
  const { tenant, tenantTitle, connector } = request;
  const { name, redirectUrl, allowedNetworks, requestedAtMs } = connector;
  const [isApproving, approving] = useDisclosure(false);
  const [isDeclining, declining] = useDisclosure(false);
  const decline = useApiMutation('POST /operator/tenants/:tenant/connectors/:name/decline', [
    'GET /operator/connector-requests',
  ]);
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} component="article" aria-label={name}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div>
          <Text fw={600} component="h2" size="md" className={classes['title']}>
            <HostileText>{name}</HostileText>
          </Text>
          <Text size="sm" c="dimmed" component="div">
            For{' '}
            <Anchor
              component={Link}
              to={`/operator/tenants/${encodeURIComponent(tenant)}`}
              size="sm"
            >
              <HostileText>{tenantTitle}</HostileText>
            </Anchor>
            , requested <Time ms={requestedAtMs} relative />
          </Text>
        </div>
        <Group gap="sm">
          <Button variant="default" onClick={declining.open}>
            Decline
          </Button>
          <Button onClick={approving.open}>Approve</Button>
        </Group>
      </Group>
      <dl className={classes['facts']}>
        <dt>Redirect URL</dt>
        <dd>
          <HostileText monospace>{redirectUrl}</HostileText>
        </dd>
        <dt>Allowed addresses</dt>
        <dd>
          {allowedNetworks.length === 0 ? (
            'From anywhere'
          ) : (
            <HostileText monospace>{allowedNetworks.join(', ')}</HostileText>
          )}
        </dd>
      </dl>
      <ApproveDialog request={request} opened={isApproving} onClose={approving.close} />
      <ConfirmDialog
        opened={isDeclining}
        onClose={declining.close}
        title={`Decline the connector ${name}?`}
        confirmLabel="Decline"
        consequence={`The request of ${tenantTitle} is deleted. Its administrators no longer see it, and can request a connector again.`}
        onConfirm={async () => {
          await decline.mutateAsync({ path: { tenant, name } });
          notifyDone(`The connector ${name} is declined.`);
        }}
      />
    </Paper>
  );
}
