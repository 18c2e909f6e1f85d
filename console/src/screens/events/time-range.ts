const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Ranges that end now, by their name in the URL. */
export const timePresets = {
  '15m': { title: 'Last 15 minutes', durationMs: 15 * minuteMs },
  '1h': { title: 'Last hour', durationMs: hourMs },
  '24h': { title: 'Last 24 hours', durationMs: dayMs },
  '7d': { title: 'Last 7 days', durationMs: 7 * dayMs },
  '30d': { title: 'Last 30 days', durationMs: 30 * dayMs },
} as const satisfies Record<string, { title: string; durationMs: number }>;
export type TimePreset = keyof typeof timePresets;

/** What a person chose; `custom` is half-open and either end may be missing. */
export type TimeRange =
  | { readonly kind: 'any' }
  | { readonly kind: 'preset'; readonly preset: TimePreset }
  | { readonly kind: 'custom'; readonly fromMs?: number; readonly untilMs?: number };

export interface TimeWindow {
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** The bounds to ask for. A preset's beginning is rounded down to the minute. */
export function windowOf(range: TimeRange, nowMs: number): TimeWindow {
  if (range.kind === 'preset') {
    const fromMs = nowMs - timePresets[range.preset].durationMs;
    return { fromMs: Math.floor(fromMs / minuteMs) * minuteMs };
  }
  if (range.kind === 'any') return {};
  return boundsOf(range);
}

/** Whether events that happen from now on can be within it. */
export function reachesNow(range: TimeRange, nowMs: number): boolean {
  return range.kind !== 'custom' || range.untilMs === undefined || range.untilMs > nowMs;
}

/** From `range`, `from` and `until` of a URL; what cannot be read counts as not given. */
export function readTimeRange(parameters: URLSearchParams): TimeRange {
  const preset = parameters.get('range');
  if (preset !== null && isTimePreset(preset)) return { kind: 'preset', preset };
  const fromMs = readTime(parameters.get('from'));
  const untilMs = readTime(parameters.get('until'));
  if (fromMs === undefined && untilMs === undefined) return { kind: 'any' };
  if (fromMs !== undefined && untilMs !== undefined && fromMs >= untilMs) return { kind: 'any' };
  return { kind: 'custom', ...boundsOf({ fromMs, untilMs }) };
}

export function writeTimeRange(parameters: URLSearchParams, range: TimeRange): void {
  for (const name of ['range', 'from', 'until']) parameters.delete(name);
  if (range.kind === 'preset') parameters.set('range', range.preset);
  if (range.kind !== 'custom') return;
  if (range.fromMs !== undefined) parameters.set('from', new Date(range.fromMs).toISOString());
  if (range.untilMs !== undefined) parameters.set('until', new Date(range.untilMs).toISOString());
}

export function isTimePreset(name: string): name is TimePreset {
  return Object.hasOwn(timePresets, name);
}

function readTime(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Only the bounds that are given. */
function boundsOf({ fromMs, untilMs }: Bounds): TimeWindow {
  return { ...(fromMs !== undefined && { fromMs }), ...(untilMs !== undefined && { untilMs }) };
}

interface Bounds {
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}
