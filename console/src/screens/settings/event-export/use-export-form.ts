import { useEffect, useRef, useState } from 'react';
import type { ExportSettingsView } from '../../../../../src/http/console-api/api-types.ts';
import { refusedFields } from '../../../api/call-error.ts';
import { useApiMutation } from '../../../api/use-api-mutation.ts';
import { useDraftedForm, type DraftedForm } from '../../../forms/use-drafted-form.ts';
import { useTenant } from '../../../session/session-context.ts';

/** Both halves of the choice of categories are kept, so that trying one does not lose the other. */
export interface ExportFormValues extends Record<string, unknown> {
  readonly enabled: boolean;
  readonly takesAll: boolean;
  readonly chosen: readonly string[];
  readonly facility: string;
}

export interface ExportForm extends DraftedForm<ExportFormValues> {
  /** Whether it is saved now. */
  readonly save: () => Promise<boolean>;
  readonly isSaving: boolean;
  readonly failure: unknown;
}

export function useExportForm(settings: ExportSettingsView): ExportForm {
  const tenant = useTenant();
  const [failure, setFailure] = useState<unknown>();
  const change = useApiMutation('PATCH /tenants/:tenant/export-settings', [
    'GET /tenants/:tenant/export-settings',
    'GET /tenants/:tenant/overview',
  ]);
  const drafted = useDraftedForm<ExportFormValues>({
    name: 'event-export',
    saved: toValues(settings),
    validate: ({ takesAll, chosen }) =>
      takesAll || chosen.length > 0
        ? {}
        : { chosen: 'Choose at least one category, or switch Export Events off.' },
  });
  const { isDirty, settle } = drafted;
  const shownMs = useRef(settings.changedAtMs);
  useEffect(() => {
    if (shownMs.current === settings.changedAtMs) return;
    shownMs.current = settings.changedAtMs;
    // Somebody else changed them, and there is nothing here to lose.
    if (!isDirty) settle(toValues(settings));
  });
  const save = async (): Promise<boolean> => {
    setFailure(undefined);
    const { enabled, takesAll, chosen, facility } = drafted.form.values;
    const body = {
      enabled,
      categories: takesAll ? ('all' as const) : chosen,
      facility: Number(facility),
    };
    try {
      const saved = await change.mutateAsync({ path: { tenant }, body });
      settle(toValues(saved));
      return true;
    } catch (error) {
      const { categories, ...fields } = refusedFields(error);
      drafted.form.setErrors({
        ...fields,
        ...(categories === undefined ? {} : { chosen: categories }),
      });
      setFailure(error);
      return false;
    }
  };
  return { ...drafted, save, isSaving: change.isPending, failure };
}

function toValues({
  enabled,
  categories,
  facility,
  choices,
}: ExportSettingsView): ExportFormValues {
  return {
    enabled,
    takesAll: categories === 'all',
    chosen: categories === 'all' ? choices.map(({ name }) => name) : categories,
    facility: String(facility),
  };
}
