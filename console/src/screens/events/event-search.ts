import type { EventFilter } from '../../../../src/http/console-api/api-types.ts';
import { readTimeRange, windowOf, writeTimeRange } from './time-range.ts';
import type { TimeRange } from './time-range.ts';

/** What the Events screen shows, all of it from the URL. */
export interface EventSearch {
  /** Undefined: the first one. */
  readonly feed?: string;
  readonly range: TimeRange;
  readonly category?: string;
  readonly type?: string;
  readonly state?: string;
  readonly minimumSeverity?: number;
  readonly text?: string;
  readonly isLive: boolean;
  /** Position of the event that is open. */
  readonly open?: number;
}

const textCharactersMax = 200;
const texts = ['feed', 'category', 'type', 'state', 'text'] as const;

/** What cannot be read counts as not given, so that every URL shows something. */
export function readEventSearch(parameters: URLSearchParams): EventSearch {
  const search: { -readonly [K in keyof EventSearch]: EventSearch[K] } = {
    range: readTimeRange(parameters),
    isLive: parameters.get('live') === '1',
  };
  for (const name of texts) {
    const value = parameters.get(name)?.slice(0, textCharactersMax);
    if (value !== undefined && value !== '') search[name] = value;
  }
  const severity = readWhole(parameters.get('severity'));
  if (severity !== undefined && severity >= 1 && severity <= 10) search.minimumSeverity = severity;
  const open = readWhole(parameters.get('event'));
  if (open !== undefined && open >= 1) search.open = open;
  return search;
}

export function writeEventSearch(search: EventSearch): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of texts) {
    const value = search[name];
    if (value !== undefined && value !== '') parameters.set(name, value);
  }
  writeTimeRange(parameters, search.range);
  if (search.minimumSeverity !== undefined) {
    parameters.set('severity', String(search.minimumSeverity));
  }
  if (search.isLive) parameters.set('live', '1');
  if (search.open !== undefined) parameters.set('event', String(search.open));
  return parameters;
}

/** What to ask the service for. */
export function filterOf(search: EventSearch, nowMs: number): EventFilter {
  const { category, type, state, minimumSeverity } = search;
  const text = search.text?.trim();
  return {
    ...windowOf(search.range, nowMs),
    ...(category !== undefined && { category }),
    ...(type !== undefined && { type }),
    ...(state !== undefined && { state }),
    ...(minimumSeverity !== undefined && { minimumSeverity }),
    ...(text !== undefined && text !== '' && { text }),
  };
}

/** How many filters stand between a person and all events. */
export function filterCount(search: EventSearch): number {
  const { category, type, state, minimumSeverity, text } = search;
  const given = [category, type, state, minimumSeverity, text?.trim() === '' ? undefined : text];
  return (
    given.filter((value) => value !== undefined).length + (search.range.kind === 'any' ? 0 : 1)
  );
}

function readWhole(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
