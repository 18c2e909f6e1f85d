import { Tooltip } from '@mantine/core';
import { useNow } from '../session/server-clock.ts';
import { formatLocalTime, formatRelative, formatUtcTime } from './format.ts';
import { useTimeZone } from './time-zone.ts';

interface TimeProps {
  /** Epoch milliseconds; null or undefined: `never`. */
  readonly ms: number | null | undefined;
  /** `3 hours ago` instead of the time of day, which is in the tooltip then. */
  readonly relative?: boolean;
  /** In place of `never`. */
  readonly never?: string;
}

/** A time as the reader chose to see it, local or UTC, with both and the distance in its tooltip. */
export function Time({ ms, relative = false, never = 'never' }: TimeProps) {
  const zone = useTimeZone();
  const nowMs = useNow();
  if (ms === null || ms === undefined) return <span>{never}</span>;
  const [local, utc, distance] = [
    formatLocalTime(ms),
    formatUtcTime(ms),
    formatRelative(ms, nowMs),
  ];
  const absolute = zone === 'utc' ? utc : local;
  const others = relative ? [local, utc] : [zone === 'utc' ? `${local} local` : utc, distance];
  return (
    <Tooltip label={others.join(' · ')} withArrow openDelay={300}>
      <time dateTime={new Date(ms).toISOString()} style={{ whiteSpace: 'nowrap' }}>
        {relative ? distance : absolute}
      </time>
    </Tooltip>
  );
}
