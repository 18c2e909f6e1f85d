import { VisuallyHidden } from '@mantine/core';

/** Says `message` to screen readers when it changes. */
export function StatusMessage({ message }: { readonly message: string }) {
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {message}
    </VisuallyHidden>
  );
}
