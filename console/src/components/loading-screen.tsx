import { Center, Loader } from '@mantine/core';

/** While nothing at all can be shown yet. */
export function LoadingScreen() {
  return (
    <Center mih="60vh" role="status" aria-label="Loading">
      <Loader type="dots" />
    </Center>
  );
}
