import type { ConnectorRequest } from '../../../../../src/http/console-api/api-types.ts';
import { refusedFields } from '../../../api/call-error.ts';

/** What is typed; `allowed` holds an address or network per line. */
export interface ConnectorFormValues extends Record<string, unknown> {
  readonly name: string;
  readonly redirectUrl: string;
  readonly allowed: string;
}

export function toRequest({ name, redirectUrl, allowed }: ConnectorFormValues): ConnectorRequest {
  return {
    name: name.trim(),
    redirectUrl: redirectUrl.trim(),
    allowedNetworks: allowed.split(/[\s,;]+/).filter((network) => network !== ''),
  };
}

/** What can be said before asking; the service checks the rest. */
export function checkConnector({
  name,
  redirectUrl,
}: ConnectorFormValues): Partial<Record<keyof ConnectorFormValues, string>> {
  return {
    ...(name.trim() === '' ? { name: 'Give the connector a name.' } : {}),
    ...(URL.canParse(redirectUrl.trim())
      ? {}
      : { redirectUrl: 'An address such as https://siem.example.com/callback.' }),
  };
}

/** The service's refusals, under the names of the form's fields. */
export function refusals(error: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(refusedFields(error)).map(([field, reason]) => [
    field.startsWith('allowedNetworks') ? 'allowed' : field,
    reason,
  ]);
  const fields: Readonly<Record<string, string>> = Object.fromEntries(entries);
  return fields;
}
