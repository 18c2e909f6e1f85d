import { Alert, Button, Code, Group, Modal, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useEffect } from 'react';
import type { TryStep } from '../../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { ErrorState } from '../../../components/error-state.tsx';
import { formatCount } from '../../../components/format.ts';
import { HostileText } from '../../../components/hostile-text.tsx';
import { LoadingState } from '../../../components/loading-state.tsx';
import { useTenant } from '../../../session/session-context.ts';
import classes from './try-it-dialog.module.css';

interface TryItDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly name: string;
}

export function TryItDialog({ opened, onClose, name }: TryItDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Try ${name}`} size="xl">
      <TryIt name={name} onClose={onClose} />
    </Modal>
  );
}

/** Runs authorize → token → window and shows what went over the wire. */
function TryIt({ name, onClose }: Omit<TryItDialogProps, 'opened'>) {
  const tenant = useTenant();
  const { mutate, data, error, isPending } = useApiMutation(
    'POST /tenants/:tenant/connectors/:name/try',
  );
  const run = (): void => mutate({ path: { tenant, name } });
  useEffect(run, []);
  return (
    <Stack>
      <div role="status" aria-live="polite">
        {data !== undefined && <Outcome steps={data.steps} />}
      </div>
      {error !== null && <ErrorState error={error} title="It could not be tried" onRetry={run} />}
      {isPending && <LoadingState rows={5} />}
      {!isPending && data?.steps.map((step) => <Step key={step.title} step={step} />)}
      <Group justify="flex-end">
        <Button variant="default" onClick={run} loading={isPending}>
          Run again
        </Button>
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  );
}

function Outcome({ steps }: { readonly steps: readonly TryStep[] }) {
  const failed = steps.find(({ ok }) => !ok);
  return failed === undefined ? (
    <Alert color="teal">All steps worked: this connector lets your SIEM pull attacks.</Alert>
  ) : (
    <Alert color="red" title={`“${failed.title}” did not work`}>
      {failed.sentence}
    </Alert>
  );
}

function Step({
  step: { title, request, answer, ok, sentence, elapsedMs },
}: {
  readonly step: TryStep;
}) {
  return (
    <section aria-label={title}>
      <Group gap="sm" mb={6} wrap="nowrap">
        <ThemeIcon size={24} radius="xl" color={ok ? 'teal' : 'red'} variant="light">
          {ok ? (
            <IconCheck size={16} aria-label="worked" />
          ) : (
            <IconX size={16} aria-label="failed" />
          )}
        </ThemeIcon>
        <Text fw={600} flex={1}>
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {formatCount(Math.round(elapsedMs))} ms
        </Text>
      </Group>
      <Text size="sm" mb="xs">
        {sentence}
      </Text>
      <Wire label={`${title}: request`} text={request} />
      <Wire label={`${title}: answer`} text={answer} />
    </section>
  );
}

function Wire({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <Code block className={classes['wire']} tabIndex={0} role="region" aria-label={label}>
      <HostileLines text={text} />
    </Code>
  );
}

/** Line breaks are the message's own; everything else in it is hostile. */
function HostileLines({ text }: { readonly text: string }) {
  return text.split(/\r?\n/).map((line, index) => (
    // The lines of one message never move among themselves.
    // oxlint-disable-next-line react/no-array-index-key
    <div key={index} className={classes['line']}>
      <HostileText>{line}</HostileText>
    </div>
  ));
}
