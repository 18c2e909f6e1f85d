import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { FormFailure } from '../forms/form-failure.tsx';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The act as a question: `Revoke the token?` */
  readonly title: string;
  /** What it leads to, for whom, and whether it can be undone. */
  readonly consequence: ReactNode;
  /** The act: `Revoke`. */
  readonly confirmLabel: string;
  /** Must be typed before it goes ahead: the name of what is deleted. */
  readonly typeToConfirm?: string;
  /** Nothing is lost by it: no red button. */
  readonly isHarmless?: boolean;
  /** The dialog closes when it resolves, and says why when it throws. */
  readonly onConfirm: () => Promise<unknown>;
}

/** Asks before something that hurts. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} centered>
      <Confirmation {...props} />
    </Modal>
  );
}

function Confirmation(props: ConfirmDialogProps) {
  const { consequence, confirmLabel, typeToConfirm, isHarmless, onConfirm, onClose } = props;
  const [typed, setTyped] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const mayConfirm = typeToConfirm === undefined || typed.trim() === typeToConfirm;
  const confirm = async (): Promise<void> => {
    setRunning(true);
    setFailure(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setRunning(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (mayConfirm) void confirm();
      }}
    >
      <Stack gap="md">
        <Text component="div">{consequence}</Text>
        {typeToConfirm !== undefined && (
          <TextInput
            label={`Type ${typeToConfirm} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <FormFailure error={failure} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} disabled={isRunning}>
            Cancel
          </Button>
          <Button
            color={isHarmless === true ? undefined : 'red.9'}
            type="submit"
            disabled={!mayConfirm}
            loading={isRunning}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
