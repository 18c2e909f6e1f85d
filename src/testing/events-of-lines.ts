import type { EventLines } from '../core/event-lines.ts';
import { parseStoredEvent, type StoredEvent, type TailraceEvent } from '../core/event.ts';

/** What is gathered in `lines`, one by one. */
export function storedEventsOf({ ids, occurredAtMs, ndjson }: EventLines): readonly StoredEvent[] {
  const texts = Buffer.from(ndjson).toString('utf8').split('\n');
  return ids.map((id, index) => ({
    id,
    occurredAtMs: occurredAtMs[index] ?? Number.NaN,
    json: texts[index] ?? '',
  }));
}

export function eventsOfLines(lines: EventLines): readonly TailraceEvent[] {
  return storedEventsOf(lines).map(({ json }) => parseStoredEvent(json));
}
