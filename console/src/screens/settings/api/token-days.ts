/** "The token's expiry date can be anywhere between 1 day to 365 days", 30 by default. */
export const tokenDaysMin = 1;
export const tokenDaysMax = 365;
export const tokenDaysDefault = 30;

const dayMs = 86_400_000;

/** The calendar date, as the reader's clock has it, of `days` from now: `2026-12-21`. */
export function dateAfter(nowMs: number, days: number): string {
  const date = new Date(nowMs);
  return isoDate(new Date(date.getFullYear(), date.getMonth(), date.getDate() + days));
}

/** How many days from today a calendar date is; undefined for what is no date. */
export function daysUntil(nowMs: number, date: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) return undefined;
  const [, year, month, day] = match.map(Number);
  const now = new Date(nowMs);
  const todayUtcMs = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return Math.round((Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1) - todayUtcMs) / dayMs);
}

function isoDate(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${date.getFullYear()}-${month}-${day}`;
}
