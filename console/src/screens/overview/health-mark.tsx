import { ThemeIcon, VisuallyHidden } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  type Icon,
} from '@tabler/icons-react';
import type { Health } from '../../../../src/http/console-api/api-types.ts';

export interface HealthLook {
  readonly word: string;
  readonly color: string;
  readonly Icon: Icon;
}

/** Each health by colour, shape and word, so that no one of them is needed to tell them apart. */
export const healthLooks: Readonly<Record<Health, HealthLook>> = {
  good: { word: 'Good', color: 'teal', Icon: IconCircleCheck },
  warning: { word: 'Warning', color: 'orange', Icon: IconAlertTriangle },
  bad: { word: 'Problem', color: 'red', Icon: IconCircleX },
  idle: { word: 'Idle', color: 'gray', Icon: IconCircleDashed },
};

export function HealthMark({
  health,
  size = 24,
}: {
  readonly health: Health;
  readonly size?: number;
}) {
  const { word, color, Icon: Shape } = healthLooks[health];
  return (
    <>
      <ThemeIcon variant="light" color={color} size={size} radius="xl" title={word} aria-hidden>
        <Shape size={Math.round(size * 0.7)} />
      </ThemeIcon>
      <VisuallyHidden>{word}: </VisuallyHidden>
    </>
  );
}
