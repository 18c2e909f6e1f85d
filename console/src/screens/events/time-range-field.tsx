import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { formatLocalTime, formatUtcTime } from '../../components/format.ts';
import { useTimeZone } from '../../components/time-zone.ts';
import { pickerValue, readPickerValue } from './picker-time.ts';
import { isTimePreset, timePresets, type TimeRange } from './time-range.ts';

interface TimeRangeFieldProps {
  readonly range: TimeRange;
  readonly onChange: (range: TimeRange) => void;
}

const choices = [
  { value: 'any', label: 'Any time' },
  ...Object.entries(timePresets).map(([value, { title }]) => ({ value, label: title })),
];

/** A range that ends now, or two times of one's own. */
export function TimeRangeField({ range, onChange }: TimeRangeFieldProps) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const zone = useTimeZone();
  const format = zone === 'utc' ? formatUtcTime : formatLocalTime;
  const own = range.kind === 'custom' ? describe(range, format) : 'From … until …';
  const choose = (value: string | null): void => {
    if (value === 'custom') open();
    else if (value !== null && isTimePreset(value)) onChange({ kind: 'preset', preset: value });
    else onChange({ kind: 'any' });
  };
  return (
    <>
      <Select
        label="Time"
        data={[...choices, { value: 'custom', label: own }]}
        value={range.kind === 'preset' ? range.preset : range.kind}
        onChange={choose}
        onOptionSubmit={(value) => value === 'custom' && open()}
        allowDeselect={false}
        checkIconPosition="right"
        maxDropdownHeight={320}
        comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
      />
      <Modal opened={isOpen} onClose={close} title="Show events from a time of your own" centered>
        <CustomRange
          range={range}
          onApply={(chosen) => {
            onChange(chosen);
            close();
          }}
        />
      </Modal>
    </>
  );
}

function CustomRange({
  range,
  onApply,
}: {
  range: TimeRange;
  onApply: (range: TimeRange) => void;
}) {
  const zone = useTimeZone();
  const held = range.kind === 'custom' ? range : undefined;
  const [from, setFrom] = useState(pickerValue(held?.fromMs, zone));
  const [until, setUntil] = useState(pickerValue(held?.untilMs, zone));
  const [fromMs, untilMs] = [readPickerValue(from, zone), readPickerValue(until, zone)];
  const isBackwards = fromMs !== undefined && untilMs !== undefined && fromMs >= untilMs;
  const isEmpty = fromMs === undefined && untilMs === undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isBackwards) return;
        onApply(
          isEmpty
            ? { kind: 'any' }
            : {
                kind: 'custom',
                ...(fromMs !== undefined && { fromMs }),
                ...(untilMs !== undefined && { untilMs }),
              },
        );
      }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {zone === 'utc' ? 'Both times are UTC.' : 'Both times are in your time zone.'} Leave one
          empty for no limit on that side.
        </Text>
        <DateTimePicker
          label="From"
          value={from}
          onChange={setFrom}
          clearable
          withSeconds
          data-autofocus
        />
        <DateTimePicker
          label="Until"
          value={until}
          onChange={setUntil}
          clearable
          withSeconds
          error={isBackwards && 'The end must be after the beginning.'}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={isBackwards}>
            Apply
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function describe(
  { fromMs, untilMs }: Extract<TimeRange, { kind: 'custom' }>,
  format: (timeMs: number) => string,
): string {
  if (untilMs === undefined) return fromMs === undefined ? 'Any time' : `From ${format(fromMs)}`;
  return fromMs === undefined
    ? `Until ${format(untilMs)}`
    : `${format(fromMs)} – ${format(untilMs)}`;
}
