import type { StreamName } from '../../../../core/stream.ts';
import { compileEncoder } from '../../../../encode/compile-encoder.ts';
import type { DownloadFormat } from '../../api-types.ts';
import type { Service } from '../../../service.ts';
import type { LineSettings } from './event-detail.ts';
import { eventCsv } from './event-csv.ts';
import type { EventView } from './event-view.ts';
import { EventSieve } from './event-sieve.ts';
import { searchEvents } from './search-events.ts';
import type { FoundEvent } from './search-events.ts';
import type { WantedEvents } from './wanted-events.ts';

/** A download holds the newest ones. */
export const downloadEventsMax = 100_000;

const eventsPerRead = 1000;
const budget = { scanMs: 1000, scanBytes: 512 * 1024 * 1024 };

export interface Download {
  readonly stream: StreamName;
  readonly view: EventView;
  readonly wanted: WantedEvents;
  readonly as: DownloadFormat;
  readonly settings: LineSettings;
}

export const downloadTypes = {
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
  json: { contentType: 'application/x-ndjson', extension: 'ndjson' },
  cef: { contentType: 'text/plain; charset=utf-8', extension: 'cef' },
  syslog: { contentType: 'text/plain; charset=utf-8', extension: 'log' },
} as const satisfies Record<DownloadFormat, { contentType: string; extension: string }>;

/** The file's text, newest event first, read as it is taken. Ends early when `signal` aborts. */
export async function* downloadEvents(
  service: Pick<Service, 'store' | 'clock'>,
  { stream, view, wanted, as, settings }: Download,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const writing = writingOf(view, as, settings);
  if (writing.head !== '') yield writing.head;
  const sieve = new EventSieve(view, wanted);
  let before: number | undefined;
  for (let left = downloadEventsMax; left > 0 && !signal.aborted;) {
    const limit = Math.min(left, eventsPerRead);
    const search = { stream, wanted, sieve, before, limit, budget };
    const { found, next } = await searchEvents(service, search, signal);
    left -= found.length;
    if (found.length > 0) yield found.map(writing.record).join('');
    if (next === undefined) return;
    before = next;
  }
}

interface Writing {
  readonly head: string;
  readonly record: (found: FoundEvent) => string;
}

function writingOf(view: EventView, as: DownloadFormat, settings: LineSettings): Writing {
  if (as === 'csv') return eventCsv(view);
  const options = { ...settings, format: as, profile: 'vendor', jsonNames: 'v2' } as const;
  const encode = compileEncoder(view.feed, options);
  return { head: '', record: ({ stored }) => `${encode(stored)}\n` };
}
