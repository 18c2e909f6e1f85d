import { useForm, type UseFormReturnType } from '@mantine/form';
import { useEffect, useState } from 'react';
import { useSession } from '../session/session-context.ts';
import { clearDraft, draftKey, readDraft, writeDraft } from './drafts.ts';

export interface DraftedFormOptions<Values> {
  /** Names the form among all of this person's. */
  readonly name: string;
  /** What is saved at the service; the form starts with it unless there is a draft. */
  readonly saved: Values;
  readonly validate?: (values: Values) => Partial<Record<keyof Values, string>>;
}

export interface DraftedForm<Values extends Record<string, unknown>> {
  readonly form: UseFormReturnType<Values>;
  readonly isDirty: boolean;
  /** The form started with what was typed earlier and never saved. */
  readonly isRestored: boolean;
  /** Back to what is saved. */
  readonly discard: () => void;
  /** After the service took the values: they are the saved ones now. */
  readonly settle: (saved: Values) => void;
}

/**
 * A form whose unsaved values outlive the page: they are kept for this tab until they are saved or
 * discarded. Not for secrets.
 */
export function useDraftedForm<Values extends Record<string, unknown>>({
  name,
  saved,
  validate,
}: DraftedFormOptions<Values>): DraftedForm<Values> {
  const key = draftKey(useSession().email, name);
  const [draft] = useState(() => fittingDraft(readDraft(key), saved));
  const [isRestored, setRestored] = useState(draft !== undefined);
  const form = useForm<Values>({
    initialValues: saved,
    validate: (values) => validate?.(values) ?? {},
  });
  useEffect(() => {
    if (draft !== undefined) form.setValues(draft);
    // Only as the form comes up.
  }, []);
  const isDirty = form.isDirty();
  useEffect(() => {
    if (isDirty) writeDraft(key, form.values);
  }, [key, isDirty, form.values]);
  const settle = (values: Values): void => {
    clearDraft(key);
    setRestored(false);
    form.setInitialValues(values);
    form.setValues(values);
    form.resetDirty(values);
  };
  const discard = (): void => {
    settle(form.getInitialValues());
    form.clearErrors();
  };
  return { form, isDirty, isRestored: isRestored && isDirty, discard, settle };
}

/** A draft of an earlier version of the console may lack a field, or have another kind in it. */
function fittingDraft<Values extends Record<string, unknown>>(
  draft: unknown,
  saved: Values,
): Values | undefined {
  if (typeof draft !== 'object' || draft === null) return undefined;
  const fits = Object.entries(saved).every(
    ([field, value]) => field in draft && sameKind(Reflect.get(draft, field), value),
  );
  return fits ? { ...saved, ...draft } : undefined;
}

function sameKind(left: unknown, right: unknown): boolean {
  return typeof left === typeof right && Array.isArray(left) === Array.isArray(right);
}
