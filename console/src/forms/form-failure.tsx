import { Alert } from '@mantine/core';
import { errorSentence, isCallStatus, refusedFields } from '../api/call-error.ts';

interface FormFailureProps {
  readonly error: unknown;
  /** The form's fields: a refusal that names only these stands beside them already. */
  readonly fields?: readonly string[];
}

/**
 * Why a form was not taken. Says nothing about an ended session, which asks to sign in over the form.
 */
export function FormFailure({ error, fields = [] }: FormFailureProps) {
  if (error === null || error === undefined || isCallStatus(error, 401)) return null;
  const refused = Object.keys(refusedFields(error));
  const isBesideFields =
    refused.length > 0 && refused.every((name) => fields.includes(name.replace(/\..*$/, '')));
  if (isBesideFields) return null;
  return (
    <Alert color="red" role="alert">
      {errorSentence(error)}
    </Alert>
  );
}
