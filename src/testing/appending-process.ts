/**
 * A process that appends to the store at the place it is given, and reads it, until it is killed, and
 * says on stdout what was acknowledged: one line `first last number` per append, where `number` counts the
 * events of this writer from 1. Run as `node appending-process.ts PLACE WRITER`; a place is a
 * directory or `postgres://…#SCHEMA`.
 */
import { enableCompileCache } from 'node:module';
import { writeSync } from 'node:fs';
import { systemClock } from '../cli/system-clock.ts';
import { errorCode } from '../core/errors.ts';
import type { StoredEvent } from '../core/event.ts';
import { Secret } from '../core/secret.ts';
import type { EventStore } from '../store/event-store.ts';
import { openPostgresEventStore } from '../store/postgres/store.ts';
import { openSqliteEventStore } from '../store/sqlite/store.ts';

export const writtenStream = 'acme/insync';

/** The `number`-th event of `writer`; the same whoever asks. */
export function writtenEvent(writer: string, number: number): StoredEvent {
  const id = `${writer}-${number}`;
  const occurredAtMs = Date.UTC(2026, 10, 21) + number;
  return {
    id,
    occurredAtMs,
    json: JSON.stringify({ id, occurredAtMs, text: 'x'.repeat(number % 300) }),
  };
}

async function appendForEver(store: EventStore, writer: string): Promise<void> {
  for (let number = 1; ;) {
    const count = 1 + (number % 40);
    const events = Array.from({ length: count }, (_, index) =>
      writtenEvent(writer, number + index),
    );
    const { firstPosition, lastPosition } = await store.append({
      stream: writtenStream,
      events,
      deduplication: { horizonMs: 60_000 },
      checkpoint: { source: writer, value: `${number + count - 1}` },
    });
    // Synchronously: what was acknowledged must be known even if the next instruction is the last.
    writeSync(1, `${writer} ${firstPosition} ${lastPosition} ${number}\n`);
    number += count;
  }
}

function openStore(place: string): Promise<EventStore> {
  if (!place.startsWith('postgres://')) {
    return openSqliteEventStore({ directory: place, clock: systemClock });
  }
  const [url = '', schema = ''] = place.split('#');
  return openPostgresEventStore({ url: new Secret(url), schema, clock: systemClock, poolSize: 5 });
}

/** Reads the stream as it grows, whoever appends to it. Rejects when it sees a hole. */
async function followForEver(store: EventStore): Promise<void> {
  for (let position = 0; ;) {
    try {
      const page = await store.readAfter(writtenStream, position, { events: 500, bytes: 1e6 });
      for (const { firstPosition, lastPosition } of page.blocks) {
        if (firstPosition !== position + 1) throw new Error(`a hole behind ${position}`);
        position = lastPosition;
      }
      if (page.blocks.length === 0) await store.waitBeyond(writtenStream, position, 1000);
    } catch (error) {
      if (errorCode(error) !== 'store_unavailable') throw error; // the server is being restarted
    }
  }
}

async function compactForEver(store: EventStore): Promise<void> {
  for (;;) await store.compact();
}

if (import.meta.main) {
  enableCompileCache();
  const [place = '', writer = ''] = process.argv.slice(2);
  const store = await openStore(place);
  await Promise.all([
    appendForEver(store, `${writer}a`),
    appendForEver(store, `${writer}b`),
    compactForEver(store),
    followForEver(store),
  ]);
}
