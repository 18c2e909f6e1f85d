import '@mantine/dates/styles.css';
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useState } from 'react';
import type { TokenView } from '../../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { formatCounted } from '../../../components/format.ts';
import { notifyDone } from '../../../components/notify.ts';
import { Time } from '../../../components/time.tsx';
import { FormFailure } from '../../../forms/form-failure.tsx';
import { RestoredNotice } from '../../../forms/restored-notice.tsx';
import { useDraftedDialog, type DraftedDialog } from '../../../forms/use-drafted-dialog.ts';
import { serverNowMs } from '../../../session/server-clock.ts';
import { useTenant } from '../../../session/session-context.ts';
import {
  dateAfter,
  daysUntil,
  tokenDaysDefault,
  tokenDaysMax,
  tokenDaysMin,
} from './token-days.ts';

interface NewTokenDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The token there is now. */
  readonly replaced: TokenView | undefined;
}

export function NewTokenDialog({ replaced, ...dialog }: NewTokenDialogProps) {
  const { drafted, opened, onClose } = useDraftedDialog<NewTokenValues>(dialog, {
    name: 'token',
    saved: { date: '' },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Create New Token" centered>
      <NewToken drafted={drafted} onClose={onClose} replaced={replaced} />
    </Modal>
  );
}

interface NewTokenValues extends Record<string, unknown> {
  /** Empty as long as none is chosen: the default moves on with the days. */
  readonly date: string;
}

interface NewTokenProps
  extends Omit<DraftedDialog<NewTokenValues>, 'opened'>, Pick<NewTokenDialogProps, 'replaced'> {}

function NewToken({ drafted, onClose, replaced }: NewTokenProps) {
  const { form, isRestored, discard } = drafted;
  const tenant = useTenant();
  const [nowMs] = useState(serverNowMs);
  const date = form.values.date === '' ? dateAfter(nowMs, tokenDaysDefault) : form.values.date;
  const create = useApiMutation('POST /tenants/:tenant/token', [
    'GET /tenants/:tenant/token',
    'GET /tenants/:tenant/tokens',
    'GET /tenants/:tenant/overview',
  ]);
  const days = daysUntil(nowMs, date);
  const submit = async (): Promise<void> => {
    if (days === undefined) return;
    await create.mutateAsync({ path: { tenant }, body: { days } });
    notifyDone('The new token is ready to be copied.');
    onClose();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch(() => undefined);
      }}
    >
      <Stack>
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <ExpiryInput
          nowMs={nowMs}
          date={date}
          onChange={(chosen) => form.setFieldValue('date', chosen)}
        />
        {days !== undefined && (
          <Text size="sm" role="status">
            Good for {formatCounted(days, 'day')}, until <Time ms={nowMs + days * 86_400_000} />.
          </Text>
        )}
        {replaced?.state === 'valid' && (
          <Alert color="yellow" title="The token you have ends at once">
            <Text size="sm">
              Whatever pulls with it is refused until it gets the new one. No event is lost
              meanwhile: clients continue where they were.
            </Text>
          </Alert>
        )}
        <FormFailure error={create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={days === undefined}>
            Done
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ExpiryInputProps {
  readonly nowMs: number;
  readonly date: string;
  readonly onChange: (date: string) => void;
}

function ExpiryInput({ nowMs, date, onChange }: ExpiryInputProps) {
  return (
    <DatePickerInput
      label="Expire on"
      description={`${tokenDaysMin} to ${tokenDaysMax} days from today.`}
      value={date}
      onChange={(chosen) => onChange(chosen ?? '')}
      minDate={dateAfter(nowMs, tokenDaysMin)}
      maxDate={dateAfter(nowMs, tokenDaysMax)}
      valueFormat="D MMMM YYYY"
      ariaLabels={{
        previousMonth: 'Previous month',
        nextMonth: 'Next month',
        previousYear: 'Previous year',
        nextYear: 'Next year',
        monthLevelControl: 'Choose a month',
        yearLevelControl: 'Choose a year',
      }}
      required
      withAsterisk={false}
    />
  );
}
