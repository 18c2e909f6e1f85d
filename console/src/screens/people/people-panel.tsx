import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import type { InvitedPerson, PersonView } from '../../../../src/http/console-api/api-types.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { notifyDone } from '../../components/notify.ts';
import { QueryView } from '../../components/query-view.tsx';
import { InvitationDialog } from './invitation-dialog.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { PeopleTable } from './people-table.tsx';
import { usePeople } from './use-people.ts';

interface PeoplePanelProps {
  /** Null: the operators. */
  readonly tenant: string | null;
  readonly mayChange: boolean;
}

/** A list of people; who may change it invites, invites again and removes. */
export function PeoplePanel({ tenant, mayChange }: PeoplePanelProps) {
  const { query, invite, inviteAgain, remove } = usePeople(tenant);
  const [isInviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<InvitedPerson>();
  const [asked, setAsked] = useState<{
    readonly act: 'invite' | 'remove';
    readonly person: PersonView;
  }>();
  const close = (): void => setAsked(undefined);
  const person = asked?.person;
  return (
    <Stack>
      {mayChange && (
        <Group>
          <Button onClick={() => setInviting(true)}>
            {tenant === null ? 'Invite an operator' : 'Invite somebody'}
          </Button>
        </Group>
      )}
      <QueryView query={query}>
        {({ people }) =>
          people.length === 0 ? (
            <EmptyState title="Nobody yet">Invite somebody; the link is shown to you.</EmptyState>
          ) : (
            <PeopleTable
              people={people}
              mayChange={mayChange}
              onInviteAgain={(again) => setAsked({ act: 'invite', person: again })}
              onRemove={(removed) => setAsked({ act: 'remove', person: removed })}
            />
          )
        }
      </QueryView>
      <InviteDialog
        opened={isInviting}
        onClose={() => setInviting(false)}
        tenant={tenant}
        onInvite={async (email, role) => setInvited(await invite(email, role))}
      />
      <ConfirmDialog
        opened={asked?.act === 'invite'}
        onClose={close}
        title={`Invite ${person?.email ?? ''} again?`}
        consequence="You get a link to hand over, with which the person sets a new password. The password and the second factor of now stay good until then; an earlier invitation ends."
        confirmLabel="Invite again"
        isHarmless
        onConfirm={async () => setInvited(await inviteAgain(person?.email ?? ''))}
      />
      <ConfirmDialog
        opened={asked?.act === 'remove'}
        onClose={close}
        title={`Remove ${person?.email ?? ''}?`}
        consequence="Sessions end at once, and so does the person’s access token: what pulls with it is refused. The activity of the past stays."
        confirmLabel="Remove"
        typeToConfirm={person?.email ?? ''}
        onConfirm={async () => {
          await remove(person?.email ?? '');
          notifyDone(`${person?.email ?? ''} is removed.`);
        }}
      />
      <InvitationDialog invited={invited} onClose={() => setInvited(undefined)} />
    </Stack>
  );
}
