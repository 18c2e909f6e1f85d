import { Badge, Button, Group } from '@mantine/core';
import type { PersonView } from '../../../../src/http/console-api/api-types.ts';
import { HostileText } from '../../components/hostile-text.tsx';
import { Records, type RecordColumn } from '../../components/records.tsx';
import { Time } from '../../components/time.tsx';
import { roleTitles } from '../../session/role-titles.ts';
import { useSession } from '../../session/session-context.ts';

interface PeopleTableProps {
  readonly people: readonly PersonView[];
  readonly mayChange: boolean;
  readonly onInviteAgain: (person: PersonView) => void;
  readonly onRemove: (person: PersonView) => void;
}

export function PeopleTable({ people, mayChange, onInviteAgain, onRemove }: PeopleTableProps) {
  const actions: RecordColumn<PersonView> = {
    title: '',
    cell: (person) => <Actions person={person} onInviteAgain={onInviteAgain} onRemove={onRemove} />,
  };
  return (
    <Records
      label="People"
      rows={people}
      rowKey={({ email }) => email}
      columns={mayChange ? [...columns, actions] : columns}
    />
  );
}

const columns: readonly RecordColumn<PersonView>[] = [
  { title: 'E-mail address', cell: ({ email }) => <HostileText>{email}</HostileText> },
  { title: 'Role', cell: ({ role }) => roleTitles[role] },
  { title: 'State', cell: (person) => <PersonState person={person} /> },
  { title: 'Last sign-in', cell: ({ lastSignInMs }) => <Time ms={lastSignInMs} relative /> },
];

const states = {
  active: { color: 'teal', title: 'Active' },
  invited: { color: 'yellow', title: 'Invited' },
  'no-sign-in': { color: 'gray', title: 'No sign-in' },
} as const satisfies Record<PersonView['state'], unknown>;

function PersonState({ person: { state, secondFactor } }: { readonly person: PersonView }) {
  const { color, title } = states[state];
  return (
    <Group gap={6} wrap="nowrap">
      <Badge color={color} variant="light">
        {title}
      </Badge>
      {secondFactor && (
        <Badge color="tide" variant="light">
          Second factor
        </Badge>
      )}
    </Group>
  );
}

interface ActionsProps extends Pick<PeopleTableProps, 'onInviteAgain' | 'onRemove'> {
  readonly person: PersonView;
}

function Actions({ person, onInviteAgain, onRemove }: ActionsProps) {
  const isOneself = useSession().email === person.email;
  if (isOneself) {
    return <Badge>You</Badge>;
  }
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap" display="inline-flex">
      <Button
        size="xs"
        variant="subtle"
        aria-label={`Invite again: ${person.email}`}
        onClick={() => onInviteAgain(person)}
      >
        Invite again
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="red"
        aria-label={`Remove ${person.email}`}
        onClick={() => onRemove(person)}
      >
        Remove
      </Button>
    </Group>
  );
}
