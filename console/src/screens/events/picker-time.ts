import type { TimeZoneChoice } from '../../components/time-zone.ts';

/** What a date picker holds (`2026-11-21 18:45:12`) for a time, in the zone the reader chose. */
export function pickerValue(timeMs: number | undefined, zone: TimeZoneChoice): string | null {
  if (timeMs === undefined) return null;
  const offsetMs = zone === 'utc' ? 0 : new Date(timeMs).getTimezoneOffset() * 60_000;
  return new Date(timeMs - offsetMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** The time a date picker holds; undefined when it holds none. */
export function readPickerValue(value: string | null, zone: TimeZoneChoice): number | undefined {
  if (value === null) return undefined;
  const timeMs = Date.parse(`${value.replace(' ', 'T')}${zone === 'utc' ? 'Z' : ''}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
