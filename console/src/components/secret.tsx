import { ActionIcon, Code, Group, Text, Tooltip } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useState } from 'react';
import { errorSentence } from '../api/call-error.ts';
import { CopyButton } from './copy-button.tsx';
import classes from './secret.module.css';

interface SecretProps {
  /** What it is: `token`, `connector's key`. */
  readonly what: string;
  /** The value, or how to get it; asked only when it is shown or copied. */
  readonly value: string | (() => Promise<string>);
  readonly disabled?: boolean;
}

/** Of no secret's length. */
const mask = '•'.repeat(24);

/** A value that is hidden until somebody asks to see it. */
export function Secret({ what, value, disabled = false }: SecretProps) {
  const [shown, setShown] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const [isFetching, setFetching] = useState(false);
  const label = `${shown === undefined ? 'Show' : 'Hide'} the ${what}`;
  const toggle = async (): Promise<void> => {
    setFailure(undefined);
    if (shown !== undefined) return setShown(undefined);
    if (typeof value === 'string') return setShown(value);
    setFetching(true);
    try {
      setShown(await value());
    } catch (error) {
      setFailure(errorSentence(error));
    } finally {
      setFetching(false);
    }
  };
  return (
    <div>
      <Group gap={4} wrap="nowrap" align="flex-start">
        <Code
          className={classes['value']}
          aria-label={shown === undefined ? `${what}, hidden` : what}
        >
          {shown ?? mask}
        </Code>
        <Tooltip label={label} withArrow>
          <ActionIcon
            variant="subtle"
            aria-label={label}
            onClick={() => void toggle()}
            loading={isFetching}
            disabled={disabled}
          >
            {shown === undefined ? <IconEye size={16} /> : <IconEyeOff size={16} />}
          </ActionIcon>
        </Tooltip>
        <CopyButton value={shown ?? value} label={`Copy the ${what}`} disabled={disabled} />
      </Group>
      {failure !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {failure}
        </Text>
      )}
    </div>
  );
}
