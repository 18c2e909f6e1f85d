import { Checkbox, Input, Radio, Stack, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ExportSettingsView } from '../../../../../src/http/console-api/api-types.ts';
import type { ExportFormValues } from './use-export-form.ts';

interface CategoryChoiceProps {
  readonly form: UseFormReturnType<ExportFormValues>;
  readonly choices: ExportSettingsView['choices'];
  readonly disabled: boolean;
}

export function CategoryChoice({ form, choices, disabled }: CategoryChoiceProps) {
  const { takesAll, chosen } = form.values;
  return (
    <Stack gap="md">
      <Radio.Group
        aria-label="Categories to export"
        value={takesAll ? 'all' : 'some'}
        onChange={(value) => form.setFieldValue('takesAll', value === 'all')}
      >
        <Stack gap="xs">
          <Radio
            value="all"
            disabled={disabled}
            label="All categories"
            description="Those that the product gets later, too."
          />
          <Radio value="some" disabled={disabled} label="Only these" />
        </Stack>
      </Radio.Group>
      <Checkbox.Group
        aria-label="Exported categories"
        value={[...(takesAll ? choices.map(({ name }) => name) : chosen)]}
        onChange={(value) =>
          form.setFieldValue(
            'chosen',
            choices.map(({ name }) => name).filter((name) => value.includes(name)),
          )
        }
      >
        <Stack gap="sm" pl={{ base: 0, sm: 'xl' }}>
          {choices.map(({ name, types }) => (
            <Checkbox
              key={name}
              value={name}
              label={name}
              description={types.join(', ')}
              disabled={disabled || takesAll}
              styles={{ label: { color: 'var(--mantine-color-text)' } }}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      {form.errors['chosen'] !== undefined && (
        <Input.Error role="alert">{form.errors['chosen']}</Input.Error>
      )}
      {!takesAll && chosen.length === choices.length && (
        <Text size="sm" c="dimmed">
          These are all there are now. A category that is added later would not be among them.
        </Text>
      )}
    </Stack>
  );
}
