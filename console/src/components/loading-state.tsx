import { Skeleton, Stack } from '@mantine/core';

/** Where `rows` lines of content will stand. */
export function LoadingState({ rows = 4 }: { readonly rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={row === 0 ? 28 : 18} width={row % 3 === 2 ? '70%' : '100%'} />
      ))}
    </Stack>
  );
}
