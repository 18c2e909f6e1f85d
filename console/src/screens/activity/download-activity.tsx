import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';

interface DownloadActivityProps {
  /** Of the file, with the filters that are set. */
  readonly href: string;
}

export function DownloadActivity({ href }: DownloadActivityProps) {
  return (
    <Button
      component="a"
      href={href}
      download
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      Download CSV
    </Button>
  );
}
