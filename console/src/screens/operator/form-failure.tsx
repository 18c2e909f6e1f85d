import { Alert } from '@mantine/core';
import { errorSentence } from '../../api/call-error.ts';

/** Why the service did not take a form; nothing while it has not refused one. */
export function FormFailure({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <Alert color="red" role="alert">
      {errorSentence(error)}
    </Alert>
  );
}
