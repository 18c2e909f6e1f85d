import { useEffect, useState } from 'react';
import { useDraftedForm, type DraftedForm, type DraftedFormOptions } from './use-drafted-form.ts';

interface Dialog {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export interface DraftedDialog<Values extends Record<string, unknown>> extends Dialog {
  readonly drafted: DraftedForm<Values>;
}

/**
 * A drafted form in a dialog that opens again by itself when the page went while something was typed
 * into it. Closing it discards what was typed.
 */
export function useDraftedDialog<Values extends Record<string, unknown>>(
  { opened, onClose }: Dialog,
  options: DraftedFormOptions<Values>,
): DraftedDialog<Values> {
  const drafted = useDraftedForm(options);
  const { isRestored, discard } = drafted;
  const [isReopened, setReopened] = useState(false);
  useEffect(() => {
    // It stays open when all that came back is deleted.
    if (isRestored) setReopened(true);
  }, [isRestored]);
  return {
    drafted,
    opened: opened || isReopened,
    onClose: () => {
      setReopened(false);
      discard();
      onClose();
    },
  };
}
