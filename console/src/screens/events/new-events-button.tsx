import { Button } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { formatCount } from '../../components/format.ts';
import classes from './event-browser.module.css';

interface NewEventsButtonProps {
  readonly count: number;
  readonly onClick: () => void;
}

/** Says how many came in above while the reader was further down, and leads there. */
export function NewEventsButton({ count, onClick }: NewEventsButtonProps) {
  if (count === 0) return null;
  return (
    <div className={classes['news']}>
      <Button
        size="compact-sm"
        radius="xl"
        leftSection={<IconArrowUp size={14} aria-hidden />}
        onClick={onClick}
      >
        {formatCount(count)} new
      </Button>
    </div>
  );
}
