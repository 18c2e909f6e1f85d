import { withinTime } from '../feeds/iso-time.ts';

/** Epoch milliseconds → text. Never throws: moments outside 1970–9999 are moved into it. */
export type TimeText = (timeMs: number) => string;

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Sep 21 2017 13:41:14` between `before` and `after`, UTC. */
export function cefTime(before: string, after: string): TimeText {
  const dateText = perDay((date) => {
    const month = months[Number(date.slice(5, 7)) - 1] ?? '';
    return `${before}${month} ${date.slice(8)} ${date.slice(0, 4)} `;
  });
  return (timeMs) => `${dateText(timeMs)}${timeOfDay(timeMs)}${after}`;
}

/** `2017-09-21T13:41:14Z` between `before` and `after`, UTC. */
export function isoSecond(before: string, after: string): TimeText {
  const dateText = perDay((date) => `${before}${date}T`);
  return (timeMs) => `${dateText(timeMs)}${timeOfDay(timeMs)}Z${after}`;
}

/** `2017-09-21T13:41:14.007Z` between `before` and `after`, UTC. */
export function isoMillisecond(before: string, after: string): TimeText {
  const dateText = perDay((date) => `${before}${date}T`);
  return (timeMs) => {
    const fraction = String(withinTime(timeMs) % 1000).padStart(3, '0');
    return `${dateText(timeMs)}${timeOfDay(timeMs)}.${fraction}Z${after}`;
  };
}

const dayMs = 86_400_000;

/** Most events are of the same day as the one before, and formatting a date costs as much as a line. */
function perDay(format: (date: string) => string): TimeText {
  let lastDay = Number.NaN;
  let lastText = '';
  return (timeMs) => {
    const day = Math.floor(withinTime(timeMs) / dayMs);
    if (day !== lastDay) {
      lastText = format(new Date(day * dayMs).toISOString().slice(0, 10));
      lastDay = day;
    }
    return lastText;
  };
}

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** `13:41:14` */
function timeOfDay(timeMs: number): string {
  const second = Math.floor(withinTime(timeMs) / 1000);
  const hour = twoDigits[Math.floor(second / 3600) % 24] ?? '';
  const minute = twoDigits[Math.floor(second / 60) % 60] ?? '';
  return `${hour}:${minute}:${twoDigits[second % 60] ?? ''}`;
}
