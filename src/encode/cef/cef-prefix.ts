import { latestTimeMs, parseIsoTime } from '../../feeds/iso-time.ts';

/** What a CEF line's prefix says. */
export interface CefPrefix {
  /** Epoch milliseconds UTC; undefined when there is no time, or one without a year. */
  readonly timeMs: number | undefined;
  /** Its last word; undefined when there is no prefix. */
  readonly host: string | undefined;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const cefTime =
  /^(?<month>[A-Z][a-z]{2}) (?<day>[ \d]?\d) (?<year>\d{4}) (?<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?: UTC| GMT)?$/;

/** `Sep 21 2017 13:41:14 cloud.druva.com`, as `decodeCef` gives it; epoch milliseconds are taken too. */
export function readCefPrefix(prefix: string): CefPrefix {
  const words = prefix.replace(/^<\d{1,3}>(?:1 )?/, '').trim();
  if (words === '') return { timeMs: undefined, host: undefined };
  const hostAt = words.lastIndexOf(' ') + 1;
  return { timeMs: parseCefTime(words.slice(0, hostAt).trim()), host: words.slice(hostAt) };
}

/** CEF's `MMM dd yyyy HH:mm:ss` (UTC), epoch milliseconds or ISO 8601 → epoch milliseconds. */
export function parseCefTime(text: string): number | undefined {
  if (/^\d{10,15}$/.test(text)) return Number(text) <= latestTimeMs ? Number(text) : undefined;
  const parts = cefTime.exec(text)?.groups;
  if (parts === undefined) return parseIsoTime(text);
  const { month = '', day = '', year = '', clock = '' } = parts;
  const number = String(months.indexOf(month) + 1).padStart(2, '0');
  return parseIsoTime(`${year}-${number}-${day.trim().padStart(2, '0')}T${clock}Z`);
}
