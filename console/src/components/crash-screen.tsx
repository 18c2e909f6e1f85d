import { Button, Center, Code, Group, Stack, Text, Title } from '@mantine/core';
import { useRouteError } from 'react-router';

/** In place of a screen that failed to render or to load. */
export function CrashScreen() {
  const error = useRouteError();
  return (
    <Center mih="60vh" p="md" component="main">
      <title>Something broke · Tailrace</title>
      <Stack maw="34rem">
        <Title order={1} size="h2">
          This screen broke
        </Title>
        <Text>
          The fault is the console&rsquo;s. Nothing was changed by it. After an update of the
          service loading the page again is enough.
        </Text>
        {error instanceof Error && <Code block>{error.message}</Code>}
        <Group>
          <Button onClick={() => window.location.reload()}>Load the page again</Button>
          <Button variant="default" component="a" href="/">
            To the start
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
