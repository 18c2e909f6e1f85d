import { Badge, Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { OpenSession } from '../../../../src/http/console-api/api-types.ts';
import { call } from '../../api/call.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { HostileText } from '../../components/hostile-text.tsx';
import { notifyDone, notifyFailed } from '../../components/notify.ts';
import { QueryView } from '../../components/query-view.tsx';
import { Records, type RecordColumn } from '../../components/records.tsx';
import { Section } from '../../components/section.tsx';
import { Time } from '../../components/time.tsx';
import { clearDrafts } from '../../forms/drafts.ts';

export function Sessions() {
  const query = useApiQuery('GET /sessions', {});
  return (
    <Section
      title="Where you are signed in"
      description="End what you do not know, and change your password then."
      actions={<SignOutEverywhere />}
    >
      <QueryView query={query}>
        {({ sessions }) => (
          <Records
            label="Sessions"
            rows={sessions}
            rowKey={({ sessionId }) => sessionId}
            columns={columns}
          />
        )}
      </QueryView>
    </Section>
  );
}

const columns: readonly RecordColumn<OpenSession>[] = [
  {
    title: 'Browser',
    cell: ({ userAgent }) => <HostileText lengthMax={200}>{userAgent}</HostileText>,
  },
  { title: 'Address', cell: ({ address }) => address },
  { title: 'Signed in', cell: ({ createdAtMs }) => <Time ms={createdAtMs} relative /> },
  { title: 'Last seen', cell: ({ lastSeenAtMs }) => <Time ms={lastSeenAtMs} relative /> },
  { title: '', cell: (session) => <EndSession session={session} /> },
];

function EndSession({ session }: { readonly session: OpenSession }) {
  const { sessionId, current, address } = session;
  const end = useApiMutation('DELETE /sessions/:sessionId', ['GET /sessions']);
  if (current) return <Badge>This one</Badge>;
  return (
    <Button
      size="xs"
      variant="default"
      aria-label={`End the session from ${address}`}
      loading={end.isPending}
      onClick={() =>
        end.mutate(
          { path: { sessionId } },
          { onSuccess: () => notifyDone('The session has ended.'), onError: notifyFailed },
        )
      }
    >
      End
    </Button>
  );
}

function SignOutEverywhere() {
  const [isAsking, { open, close }] = useDisclosure(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (
    <Stack>
      <Group>
        <Button variant="default" onClick={open}>
          Sign out everywhere
        </Button>
      </Group>
      <ConfirmDialog
        opened={isAsking}
        onClose={close}
        title="Sign out everywhere?"
        consequence="All your sessions end, this one too. Tokens and API credentials are not touched."
        confirmLabel="Sign out everywhere"
        onConfirm={async () => {
          await call('POST /sign-out-everywhere', {});
          clearDrafts();
          await navigate('/sign-in');
          queryClient.clear();
        }}
      />
    </Stack>
  );
}
