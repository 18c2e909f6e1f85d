const counts = new Intl.NumberFormat();
const shares = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const decimals = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function formatCount(value: number): string {
  return counts.format(value);
}

/** `1 event`, `2,400 events`. */
export function formatCounted(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

export function formatShare(value: number): string {
  return shares.format(value);
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

export function formatBytes(sizeBytes: number): string {
  const power = sizeBytes < 1 ? 0 : Math.floor(Math.log10(sizeBytes) / 3);
  const unit = Math.min(power, byteUnits.length - 1);
  return `${decimals.format(sizeBytes / 1_000 ** unit)} ${byteUnits[unit] ?? 'B'}`;
}

const durationUnits = [
  { ms: 86_400_000, one: 'day' },
  { ms: 3_600_000, one: 'hour' },
  { ms: 60_000, one: 'minute' },
  { ms: 1_000, one: 'second' },
] as const;

/** Rounded to the largest unit that fits: `3 days`, `2 hours`, `5 minutes`. */
export function formatDuration(durationMs: number): string {
  const unit = durationUnits.find(({ ms }) => durationMs >= ms) ?? durationUnits[3];
  return formatCounted(Math.round(Math.max(0, durationMs) / unit.ms), unit.one);
}

/** `in 3 days`, `5 minutes ago`, `just now`. */
export function formatRelative(timeMs: number, nowMs: number): string {
  const awayMs = timeMs - nowMs;
  if (Math.abs(awayMs) < 5_000) return 'just now';
  const duration = formatDuration(Math.abs(awayMs));
  return awayMs > 0 ? `in ${duration}` : `${duration} ago`;
}

const localTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const localDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

export function formatLocalTime(timeMs: number): string {
  return localTime.format(timeMs);
}

export function formatLocalDate(timeMs: number): string {
  return localDate.format(timeMs);
}

/** `2026-11-21 18:45:12 UTC`. */
export function formatUtcTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
