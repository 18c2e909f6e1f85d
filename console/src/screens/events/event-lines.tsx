import { Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import type { EventDetail } from '../../../../src/http/console-api/api-types.ts';
import { LineBox } from './line-box.tsx';

type Line = EventDetail['lines'][number];
export type Profile = Line['profile'];

const formatTitles = { cef: 'CEF', syslog: 'Syslog', json: 'JSON' } as const satisfies Record<
  Line['format'],
  string
>;
const formats = ['cef', 'syslog', 'json'] as const satisfies readonly Line['format'][];

const profiles: Readonly<Record<Profile, { title: string; says: string }>> = {
  vendor: { title: "Vendor's", says: 'Byte for byte as the vendor documents it.' },
  strict: {
    title: 'Strict',
    says: 'As the standard has it; nothing in an event can act on who parses the line.',
  },
};

interface EventLinesProps extends Pick<EventDetail, 'lines'> {
  readonly profile: Profile;
  readonly onProfile: (profile: Profile) => void;
}

/** The event as the lines a SIEM gets, to compare and copy. */
export function EventLines({ lines, profile, onProfile }: EventLinesProps) {
  const hasBoth = lines.some((line) => line.profile !== lines[0]?.profile);
  return (
    <Stack gap="md">
      {hasBoth && (
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label="Profile"
            value={profile}
            onChange={(value) => onProfile(value === 'strict' ? 'strict' : 'vendor')}
            data={Object.entries(profiles).map(([value, { title }]) => ({ value, label: title }))}
          />
          <Text size="xs" c="dimmed" flex="1 1 12rem">
            {profiles[profile].says}
          </Text>
        </Group>
      )}
      {formats.map((format) => {
        const ofFormat = lines.filter((line) => line.format === format);
        const shown = ofFormat.find((line) => line.profile === profile) ?? ofFormat[0];
        return (
          shown !== undefined && (
            <section key={format} aria-label={formatTitles[format]}>
              <Title order={3} size="h6" mb={4}>
                {formatTitles[format]}
              </Title>
              <LineBox line={shown.line} label={`Copy the ${formatTitles[format]} line`} />
            </section>
          )
        );
      })}
    </Stack>
  );
}
