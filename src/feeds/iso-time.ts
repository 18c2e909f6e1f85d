/** The last millisecond of the year 9999; later moments have no four-digit year. */
export const latestTimeMs = 253_402_300_799_999;

const isoTime =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?<fraction>\d{1,9}))?(?:Z|(?<offset>[+-]\d\d:?\d\d))$/;

/**
 * Epoch milliseconds of an ISO 8601 time with offset (`2017-09-21T13:41:14Z`), or undefined when it
 * is not one, has no offset, names a day that does not exist or lies before 1970. Digits beyond
 * milliseconds are dropped.
 */
export function parseIsoTime(text: string): number | undefined {
  const wallClockMs = parseWallClock(text);
  if (wallClockMs === undefined) return undefined;
  // Most times end in whole seconds or milliseconds and Z: nothing to find out beyond fixed places.
  if (text.length === 20 && text.endsWith('Z')) return wallClockMs;
  if (text.length === 24 && text.endsWith('Z') && text[19] === '.') {
    const fraction = digit(text, 20) * 100 + twoDigits(text, 21);
    return Number.isNaN(fraction) ? undefined : wallClockMs + fraction;
  }
  const match = isoTime.exec(text);
  if (match === null) return undefined;
  const fractionMs = Number((match.groups?.['fraction'] ?? '0').slice(0, 3).padEnd(3, '0'));
  const offsetMs = parseOffset(match.groups?.['offset']);
  if (offsetMs === undefined) return undefined;
  const timeMs = wallClockMs + fractionMs - offsetMs;
  return timeMs >= 0 && timeMs <= latestTimeMs ? timeMs : undefined;
}

/** `2017-09-21T13:41:14` at the start of `text`, as if it were UTC. */
function parseWallClock(text: string): number | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const separated =
    text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':';
  const inRange = month >= 1 && month <= 12 && day >= 1 && hour < 24 && minute < 60 && second < 60;
  // NaN from a character that is no digit fails one of the comparisons.
  if (!separated || !inRange || !(year >= 1970) || !(day <= daysInMonth(year, month)))
    return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

const daysByMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function daysInMonth(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return daysByMonth[month - 1] ?? 0;
}

/** `+05:30` or `+0530` → milliseconds east of UTC; 0 for `Z`. */
function parseOffset(offset: string | undefined): number | undefined {
  if (offset === undefined) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  const sizeMs = (hours * 60 + minutes) * 60_000;
  return offset.startsWith('-') ? -sizeMs : sizeMs;
}

/**
 * `2017-09-21T13:41:14Z`, with `.123` only when there are milliseconds or `precision` asks for them. A
 * moment out of range is moved into it.
 */
export function formatIsoTime(timeMs: number, precision?: 'millisecond'): string {
  const text = new Date(withinTime(timeMs)).toISOString();
  if (precision === 'millisecond') return text;
  return text.endsWith('.000Z') ? `${text.slice(0, 19)}Z` : text;
}

/** The nearest whole millisecond between 1970 and 9999; 0 for NaN. */
export function withinTime(timeMs: number): number {
  return Math.min(Math.max(Math.trunc(timeMs) || 0, 0), latestTimeMs);
}
