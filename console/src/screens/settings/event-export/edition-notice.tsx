import { Alert, Text } from '@mantine/core';
import { IconLicense } from '@tabler/icons-react';
import { useSession } from '../../../session/session-context.ts';

const either = new Intl.ListFormat('en', { type: 'disjunction' });

/** Why nothing comes out whatever is set here. */
export function EditionNotice({ editions }: { readonly editions: readonly string[] }) {
  const { tenant } = useSession();
  return (
    <Alert
      color="yellow"
      icon={<IconLicense aria-hidden />}
      title="Your edition does not have the Events API"
    >
      <Text size="sm">
        {tenant?.title ?? 'Your organization'} has the {tenant?.edition ?? 'current'} edition. Pulls
        are answered with 403 until it has {either.format(editions)}. You can prepare the settings
        now: they take effect with the edition. Ask the operator of this service for the change.
      </Text>
    </Alert>
  );
}
