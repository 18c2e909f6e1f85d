/** RFC 5424's facilities by number; inSync offers them from 1 on. */
const names = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;

export const defaultFacility = 23;

/** `23 · local7` */
export function facilityTitle(facility: number): string {
  return `${facility} · ${names[facility] ?? 'unknown'}`;
}

export const facilityChoices: readonly { readonly value: string; readonly label: string }[] = names
  .map((_name, facility) => facility)
  .filter((facility) => facility >= 1)
  .map((facility) => ({
    value: String(facility),
    label: `${facilityTitle(facility)}${facility === defaultFacility ? ' (default)' : ''}`,
  }));
