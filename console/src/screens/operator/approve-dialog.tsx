import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import { useState } from 'react';
import type { ConnectorRequestView } from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { notifyDone } from '../../components/notify.ts';
import { useTimeZone } from '../../components/time-zone.ts';
import { serverNowMs } from '../../session/server-clock.ts';
import { pickerValue, readPickerValue } from '../events/picker-time.ts';
import { FormFailure } from '../../forms/form-failure.tsx';

interface ApproveDialogProps {
  readonly request: ConnectorRequestView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks from when on the connector may have attacks, and approves it. */
export function ApproveDialog({ request, opened, onClose }: ApproveDialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Approve the connector ${request.connector.name}?`}
      centered
    >
      <ApproveForm request={request} onClose={onClose} />
    </Modal>
  );
}

function ApproveForm({ request, onClose }: Omit<ApproveDialogProps, 'opened'>) {
  const { tenant, tenantTitle, connector } = request;
  const zone = useTimeZone();
  const [since, setSince] = useState(pickerValue(serverNowMs(), zone));
  const approve = useApiMutation('POST /operator/tenants/:tenant/connectors/:name/approve', [
    'GET /operator/connector-requests',
  ]);
  const submit = async (): Promise<void> => {
    const siemEnabledAtMs = readPickerValue(since, zone);
    try {
      await approve.mutateAsync({
        path: { tenant, name: connector.name },
        body: siemEnabledAtMs === undefined ? {} : { siemEnabledAtMs },
      });
      notifyDone(`The connector ${connector.name} of ${tenantTitle} is approved.`);
      onClose();
    } catch {
      // shown in the form
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="md">
        <Text size="sm">
          {tenantTitle} gets an API ID and a key. Its administrators see both in their console; you
          never do.
        </Text>
        <DateTimePicker
          label="Serve attacks since"
          description={`Older attacks are refused.${zone === 'utc' ? ' UTC.' : ' In your time zone.'}`}
          value={since}
          onChange={setSince}
          withSeconds
          clearable={false}
          required
        />
        <FormFailure error={approve.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={approve.isPending}>
            Approve
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
