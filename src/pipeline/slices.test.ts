import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { pino } from 'pino';
import { parseStoredEvent, storedEventOfLine, toStoredEvent } from '../core/event.ts';
import type { StoredEvent } from '../core/event.ts';
import { compileCefWriter } from '../encode/cef/write-kept-cef.ts';
import type { LineWriter } from '../encode/cef/write-vendor-cef.ts';
import { compileEncoder } from '../encode/compile-encoder.ts';
import { inSyncGenerator } from '../feeds/insync-generator.ts';
import { inSync } from '../feeds/insync.ts';
import type { SliceLimits, StagedSlice } from '../sinks/sink.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryDeliveryStore } from '../testing/memory-delivery-store.ts';
import { HeldPages, PageBudget } from './page-budget.ts';
import { SliceBytes } from './slice-bytes.ts';
import { slices } from './slices.ts';
import { newSinkStatus } from './status.ts';

const stream = 'acme/insync' as const;
const startMs = Date.UTC(2026, 10, 21);
const options = {
  format: 'cef',
  profile: 'vendor',
  hostname: 'siem.example.com',
  facility: 6,
} as const;
const encode = compileEncoder(inSync, options);

it('cuts the same slices from stored bytes as from encoded events', async () => {
  // Goal: the fast path changes nothing that a sink is given. Method: events that it takes (kept
  // lines, plain attributes) among others that it leaves to the encoder, cut by any limits.
  const generate = inSyncGenerator(5);
  const attributes = fc
    .tuple(fc.nat(1_000_000), fc.constantFrom('plain', 'a=b', 'Zoé', 'x'.repeat(300)))
    .map(([apartMs, eventDetails]) => {
      const one = { ...generate(startMs + apartMs), eventDetails };
      return toStoredEvent(inSync.readEvent(one).event);
    });
  const keptLine = attributes.map((event) => {
    const { fields, ...head } = parseStoredEvent(event.json);
    return storedEventOfLine(head, JSON.stringify(encode({ ...head, fields })));
  });
  const limits = fc.record({
    events: fc.integer({ min: 1, max: 8 }),
    sizeBytes: fc.integer({ min: 1, max: 3000 }),
    lingerMs: fc.constant(0),
  });
  const lineWriter = compileCefWriter(inSync, options);
  assert.ok(lineWriter);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(attributes, keptLine), { minLength: 1, maxLength: 25 }),
      limits,
      async (events, how) => {
        const encoded = await cut(events, how, undefined);
        assert.deepEqual(await cut(events, how, lineWriter), encoded);
      },
    ),
    { numRuns: 100 },
  );
});

interface Cut extends Omit<StagedSlice, 'chunks'> {
  readonly text: string;
}

async function cut(
  events: readonly StoredEvent[],
  limits: SliceLimits,
  lineWriter: LineWriter | undefined,
): Promise<readonly Cut[]> {
  const store = new MemoryDeliveryStore();
  store.append(events);
  const clock = new ManualClock(startMs);
  const log = pino({ level: 'silent' });
  const status = newSinkStatus('siem', stream);
  const held = new HeldPages(PageBudget.forSlices(limits), 1);
  const what = { stream, store, encode, feed: inSync, limits, lineWriter };
  const reading = { ...what, held, clock, log, status };
  const stop = new AbortController();
  const start = { after: 0, deliveredPosition: 0 };
  const found: Cut[] = [];
  for await (const slice of slices(reading, new SliceBytes(), start, stop.signal)) {
    const { chunks, ...summary } = slice;
    found.push({ ...summary, text: Buffer.concat(chunks).toString() });
    if (slice.lastPosition === events.length) stop.abort();
  }
  return found;
}
