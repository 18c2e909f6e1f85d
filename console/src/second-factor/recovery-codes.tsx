import { Alert, Button, Code, Group, SimpleGrid, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { CopyButton } from '../components/copy-button.tsx';
import { useSession } from '../session/session-context.ts';

/** Codes that are shown this once. */
export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  const { email } = useSession();
  const text = `Recovery codes of ${email} for Tailrace at ${window.location.origin}\n\n${codes.join('\n')}\n`;
  return (
    <Stack>
      <Alert color="yellow" title="Keep these now">
        Each code signs you in once in place of your authenticator app. They are not shown again.
        Keep them where your phone is not.
      </Alert>
      <SimpleGrid cols={2} spacing="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {codes.map((code) => (
          <li key={code}>
            <Code fz="md">{code}</Code>
          </li>
        ))}
      </SimpleGrid>
      <Group>
        <CopyButton value={codes.join('\n')} label="Copy all recovery codes">
          Copy all
        </CopyButton>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download(text)}
        >
          Download
        </Button>
      </Group>
    </Stack>
  );
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'tailrace-recovery-codes.txt';
  link.click();
  URL.revokeObjectURL(url);
}
