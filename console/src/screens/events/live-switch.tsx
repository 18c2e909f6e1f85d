import { Switch, Tooltip } from '@mantine/core';

interface LiveSwitchProps {
  readonly isOn: boolean;
  readonly isPossible: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Whether new events appear as they come. */
export function LiveSwitch({ isOn, isPossible, onChange }: LiveSwitchProps) {
  return (
    <Tooltip
      label="The chosen time has an end: no new event can be in it"
      withArrow
      disabled={isPossible}
    >
      <Switch
        label="Live"
        checked={isOn}
        disabled={!isPossible}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </Tooltip>
  );
}
