import { Box, Button, Menu, Text } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import type { DownloadFormat, EventFilter } from '../../../../src/http/console-api/api-types.ts';
import { endpointUrl } from '../../api/endpoint.ts';
import { formatCount } from '../../components/format.ts';

interface DownloadMenuProps {
  readonly tenant: string;
  readonly feed: string;
  readonly filter: EventFilter;
}

const formats: Readonly<Record<DownloadFormat, { title: string; says: string }>> = {
  csv: { title: 'CSV', says: 'For spreadsheets; no cell can act as a formula' },
  json: { title: 'JSON', says: 'One event per line' },
  cef: { title: 'CEF', says: 'The lines a SIEM gets' },
  syslog: { title: 'Syslog', says: 'The lines a SIEM gets' },
};

/** As the service has it. */
const downloadEventsMax = 100_000;

/** Files of all events that match the filters, not only of those that are on the screen. */
export function DownloadMenu({ tenant, feed, filter }: DownloadMenuProps) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          variant="default"
          px="sm"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label="Download"
        >
          <IconDownload size={16} aria-hidden />
          <Box component="span" visibleFrom="sm" ml="xs">
            Download
          </Box>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label maw={280}>
          All that match, at most the newest {formatCount(downloadEventsMax)}. A file with so many
          is cut: set the time to get the older ones.
        </Menu.Label>
        {Object.entries(formats).map(([as, { title, says }]) => (
          <Menu.Item
            key={as}
            component="a"
            href={endpointUrl('GET /tenants/:tenant/events/:feed/download', {
              path: { tenant, feed },
              query: { ...filter, as },
            })}
            download
          >
            {title}
            <Text size="xs" c="dimmed">
              {says}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
