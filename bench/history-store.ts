/** A store with a long history, filled as quickly as the store takes it. */
import { systemClock } from '../src/cli/system-clock.ts';
import { toStoredEvent } from '../src/core/event.ts';
import { EventLinesWriter } from '../src/core/event-lines.ts';
import type { EventLines } from '../src/core/event-lines.ts';
import type { StreamName } from '../src/core/stream.ts';
import { inSync } from '../src/feeds/insync.ts';
import { openSqliteEventStore } from '../src/store/sqlite/store.ts';
import { eventTexts } from './events.ts';
import type { Progress } from './progress.ts';

export interface History {
  readonly stream: StreamName;
  readonly events: number;
}

const batchEvents = 10_000;
/** As many different ones as there are; then they come again. */
const distinctEvents = 20_000;

/**
 * Appends straight into the store of `directory`, in batches of 10,000, and compacts. Gives the bytes
 * of the JSON that was stored.
 */
export async function fillHistory(
  directory: string,
  { stream, events }: History,
  progress?: Progress,
): Promise<number> {
  await using store = await openSqliteEventStore({ directory, clock: systemClock });
  const texts = eventTexts(Math.min(events, distinctEvents), { ascii: false });
  const stored = texts.map((text) => toStoredEvent(inSync.readEvent(JSON.parse(text)).event));
  let bytes = 0;
  for (let done = 0; done < events; done += batchEvents) {
    const start = done % stored.length;
    const count = Math.min(batchEvents, events - done);
    const lines = linesOf(stored.slice(start, start + count));
    bytes += lines.ndjson.byteLength - lines.ids.length;
    await store.append({ stream, events: lines });
    progress?.(done + count);
  }
  await store.compact();
  return bytes;
}

/** In memory of their own: it is given away with the append. */
function linesOf(events: readonly ReturnType<typeof toStoredEvent>[]): EventLines {
  const writer = new EventLinesWriter(events.reduce((sum, { json }) => sum + json.length * 2, 0));
  for (const event of events) writer.add(event);
  return writer.finish();
}
