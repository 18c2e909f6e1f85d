import { Alert, Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import type { InvitedPerson } from '../../../../src/http/console-api/api-types.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Time } from '../../components/time.tsx';

interface InvitationDialogProps {
  readonly invited: InvitedPerson | undefined;
  readonly onClose: () => void;
}

/** The link, shown this once. */
export function InvitationDialog({ invited, onClose }: InvitationDialogProps) {
  return (
    <Modal
      opened={invited !== undefined}
      onClose={onClose}
      title="Hand this link over"
      closeOnClickOutside={false}
      centered
    >
      {invited !== undefined && (
        <Stack>
          <Text size="sm">
            {invited.person.email} sets a password with it, once, until{' '}
            <Time ms={invited.invitation.expiresAtMs} />.
          </Text>
          <Alert color="yellow">
            It is shown this once, and Tailrace sends no mail. Whoever has it can take the account:
            hand it over on a way you trust.
          </Alert>
          <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {invited.invitation.url}
          </Code>
          <Group justify="space-between">
            <CopyButton value={invited.invitation.url} label="Copy the link" variant="filled">
              Copy the link
            </CopyButton>
            <Button variant="default" onClick={onClose}>
              Done
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
