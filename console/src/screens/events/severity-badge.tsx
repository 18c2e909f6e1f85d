import { Badge } from '@mantine/core';
import { severityBand } from './severity.ts';

/** The normalised severity as number and word. */
export function SeverityBadge({ severity }: { readonly severity: number }) {
  const { title, color } = severityBand(severity);
  return (
    <Badge
      variant="light"
      color={color}
      size="sm"
      radius="sm"
      autoContrast
      styles={{ label: { textTransform: 'none', fontWeight: 600 } }}
      c="var(--mantine-color-text)"
    >
      {`${severity} ${title}`}
    </Badge>
  );
}
