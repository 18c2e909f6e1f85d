import { Badge } from '@mantine/core';
import type { ConnectorView } from '../../../../../src/http/console-api/api-types.ts';

const states = {
  requested: { color: 'yellow', title: 'Waiting for approval' },
  enabled: { color: 'teal', title: 'Enabled' },
  disabled: { color: 'gray', title: 'Disabled' },
} as const;

export function ConnectorStateBadge({ state }: { readonly state: ConnectorView['state'] }) {
  const { color, title } = states[state];
  return (
    <Badge color={color} variant="light">
      {title}
    </Badge>
  );
}
