import { Badge, Group } from '@mantine/core';
import type { TenantView } from '../../../../src/http/console-api/api-types.ts';

/** Edition, and what keeps its events from being pulled. */
export function TenantBadges({ tenant }: { readonly tenant: TenantView }) {
  const { edition, enabled, exportEnabled } = tenant;
  return (
    <Group gap={6}>
      <Badge variant="default" radius="sm" tt="none">
        {edition}
      </Badge>
      {!enabled && (
        <Badge variant="light" color="red" radius="sm" tt="none">
          Disabled
        </Badge>
      )}
      <Badge variant="light" color={exportEnabled ? 'teal' : 'gray'} radius="sm" tt="none">
        {exportEnabled ? 'Export on' : 'Export off'}
      </Badge>
    </Group>
  );
}
