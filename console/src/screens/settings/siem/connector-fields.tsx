import { Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ConnectorFormValues } from './connector-form.ts';

interface ConnectorFieldsProps {
  readonly form: UseFormReturnType<ConnectorFormValues>;
}

/** What an administrator decides about a connector, except its name. */
export function ConnectorFields({ form }: ConnectorFieldsProps) {
  return (
    <>
      <TextInput
        label="Redirect URL"
        description="Where authorization codes are sent, as a query parameter. A client that skips the authorize step never uses it."
        placeholder="https://siem.example.com/callback"
        type="url"
        required
        withAsterisk={false}
        {...form.getInputProps('redirectUrl')}
      />
      <Textarea
        label="Allowed addresses"
        description="Addresses and networks, one per line, such as 192.0.2.10 or 2001:db8::/32. Empty: from anywhere."
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        {...form.getInputProps('allowed')}
      />
    </>
  );
}
