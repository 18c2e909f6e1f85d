/**
 * A collector's second half as a process of its own, to be killed: `node file-sink-process.ts
 * DATA_DIRECTORY WATCHED_DIRECTORY MODE EVENTS`. Appends the given number of events to the store
 * (`0`: none) while delivering them, and ends by itself when the file sink has all that the store
 * holds. Writes `ready` when delivery has begun.
 */
import { pino } from 'pino';
import { systemClock } from '../../src/cli/system-clock.ts';
import { toStoredEvent } from '../../src/core/event.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { PageBudget } from '../../src/pipeline/page-budget.ts';
import { newSinkStatus } from '../../src/pipeline/status.ts';
import { fileSinkOptions, fileSliceLimits } from '../../src/sinks/file/options.ts';
import { createFileSink } from '../../src/sinks/file/sink.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';

const stream = 'acme/insync';
const eventsPerAppend = 7;

const [dataDirectory = '', directory = '', mode = '', events = ''] = process.argv.slice(2);
const clock = systemClock;
const log = pino({ level: 'warn' }, pino.destination(2));
const options = fileSinkOptions.parse({ type: 'file', directory, mode, rollEvery: '10ms' });
const readSecret = () => Promise.reject(new Error('no secrets here'));

await using store = await openSqliteEventStore({ directory: dataDirectory, clock });
await using sink = createFileSink('siem', options, 'cef', { clock, log, readSecret });
const status = newSinkStatus('siem', stream);
const over = new AbortController();
const limits = { ...fileSliceLimits(options), events: 25 };
const feed = { gapEvent: neverCalled };
const budget = PageBudget.forSlices(limits);
const delivery = { sink, stream, store, limits, budget, clock, log, status, feed } as const;
const delivering = deliver({ ...delivery, encode: ({ id, type }) => `${id} ${type}` }, over.signal);
process.stdout.write('ready\n');
await append(store, Number(events));
const head = (await store.streamInfo(stream))?.headPosition ?? 0;
while (status.position < head) await clock.sleep(5, over.signal);
over.abort();
await delivering;

async function append(to: EventStore, count: number): Promise<void> {
  for (let done = 0; done < count; done += eventsPerAppend) {
    const batch = Array.from({ length: eventsPerAppend }, (_, index) =>
      toStoredEvent({
        id: `${process.pid}-${done + index}`,
        occurredAtMs: clock.nowMs(),
        type: 'ünïcode '.repeat((done + index) % 40),
        severity: 3,
        fields: {},
      }),
    );
    await to.append({ stream, events: batch });
  }
}

function neverCalled(): never {
  throw new Error('nothing was trimmed');
}
