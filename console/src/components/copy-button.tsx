import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { StatusMessage } from './status-message.tsx';
import { useCopy } from './use-copy.ts';

interface CopyButtonProps {
  /** What is copied, or how to get it. */
  readonly value: string | (() => Promise<string>);
  /** What it is, for who cannot see where the button stands: `Copy the API ID`. */
  readonly label: string;
  /** A button with this text instead of an icon. */
  readonly children?: string;
  readonly variant?: 'filled' | 'default' | 'light';
  readonly disabled?: boolean;
}

/** Copies to the clipboard and says that it did, or why it could not. */
export function CopyButton({ value, label, children, variant, disabled }: CopyButtonProps) {
  const { copy, state, message } = useCopy();
  const icon = state === 'copied' ? <IconCheck size={16} /> : <IconCopy size={16} />;
  const onClick = () => void copy(value);
  const hint = message === '' ? label : message;
  return (
    <>
      <Tooltip
        label={hint}
        withArrow
        {...(message === '' ? {} : { opened: true })}
        disabled={children !== undefined && message === ''}
      >
        {children === undefined ? (
          <ActionIcon
            variant="subtle"
            color={state === 'copied' ? 'teal' : undefined}
            aria-label={label}
            onClick={onClick}
            disabled={disabled}
            loading={state === 'fetching'}
          >
            {icon}
          </ActionIcon>
        ) : (
          <Button
            variant={variant ?? 'default'}
            leftSection={icon}
            aria-label={state === 'copied' ? `Copied. ${label}` : label}
            onClick={onClick}
            disabled={disabled}
            loading={state === 'fetching'}
          >
            {state === 'copied' ? 'Copied' : children}
          </Button>
        )}
      </Tooltip>
      <StatusMessage message={message} />
    </>
  );
}
