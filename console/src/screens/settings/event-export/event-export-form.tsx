import { Alert, Button, Fieldset, Group, List, Select, Stack, Switch, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useId } from 'react';
import type { ExportSettingsView } from '../../../../../src/http/console-api/api-types.ts';
import { notifyDone } from '../../../components/notify.ts';
import { Section } from '../../../components/section.tsx';
import { FormFailure } from '../../../forms/form-failure.tsx';
import { LeaveGuard } from '../../../forms/leave-guard.tsx';
import { RestoredNotice } from '../../../forms/restored-notice.tsx';
import { useMayChange } from '../../../session/session-context.ts';
import { CategoryChoice } from './category-choice.tsx';
import { describeChange } from './describe-change.ts';
import { facilityChoices } from './syslog-facilities.ts';
import { useExportForm, type ExportFormValues } from './use-export-form.ts';

/** inSync's dialog "Edit Events API Settings". */
export function EventExportForm({ settings }: { readonly settings: ExportSettingsView }) {
  const mayChange = useMayChange();
  const { form, isDirty, isRestored, discard, save, isSaving, failure } = useExportForm(settings);
  const { enabled, chosen, takesAll, facility } = form.values;
  const all = settings.choices.map(({ name }) => name);
  const categories = takesAll ? ('all' as const) : chosen;
  const effects = describeChange(
    settings,
    { enabled, categories, facility: Number(facility) },
    all,
  );
  return (
    <form onSubmit={form.onSubmit(() => void save().then((done) => done && notifyDone('Saved.')))}>
      <Stack gap="lg">
        <RestoredNotice when={isRestored} onDiscard={discard} />
        <Fieldset variant="unstyled" disabled={!mayChange} m={0}>
          <Stack gap="lg">
            <Section title="Events API settings">
              <Switch
                label="Export Events"
                description={
                  enabled
                    ? 'On: your SIEM can pull the events.'
                    : 'Off: every pull of the Events API gets no events.'
                }
                {...form.getInputProps('enabled', { type: 'checkbox' })}
              />
            </Section>
            <Section
              title="Categories to export"
              description="Only events of these categories are recorded for your SIEM."
            >
              <CategoryChoice form={form} choices={settings.choices} disabled={!mayChange} />
            </Section>
            <FacilityChoice form={form} disabled={!mayChange} />
          </Stack>
        </Fieldset>
        {!mayChange && (
          <Text size="sm" c="dimmed">
            You are a viewer. An administrator of your organization can change these settings.
          </Text>
        )}
        <Effects sentences={effects} />
        <FormFailure error={failure} fields={['enabled', 'categories', 'facility']} />
        {mayChange && (
          <Group>
            <Button type="submit" disabled={!isDirty} loading={isSaving}>
              Save
            </Button>
            <Button variant="default" disabled={!isDirty || isSaving} onClick={discard}>
              Discard
            </Button>
          </Group>
        )}
      </Stack>
      <LeaveGuard when={isDirty} onDiscard={discard} />
    </form>
  );
}

interface FacilityChoiceProps {
  readonly form: UseFormReturnType<ExportFormValues>;
  readonly disabled: boolean;
}

function FacilityChoice({ form, disabled }: FacilityChoiceProps) {
  return (
    <Section
      title="Syslog facility"
      description="Lets your SIEM tell inSync’s lines from others: the priority of a Syslog line is facility × 8 + severity."
    >
      <Select
        aria-label="Syslog facility"
        data={facilityChoices}
        maw={280}
        allowDeselect={false}
        searchable
        disabled={disabled}
        {...form.getInputProps('facility')}
      />
    </Section>
  );
}

function Effects({ sentences }: { readonly sentences: readonly string[] }) {
  const heading = useId();
  return (
    <div role="status" aria-live="polite">
      {sentences.length > 0 && (
        <Alert color="tide" title={<span id={heading}>What saving changes</span>}>
          <List size="sm" spacing={4} aria-labelledby={heading}>
            {sentences.map((sentence) => (
              <List.Item key={sentence}>{sentence}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </div>
  );
}
