import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { errorCode } from '../../core/errors.ts';
import { compileEncoder } from '../../encode/compile-encoder.ts';
import { appTranaFeed } from '../../feeds/apptrana.ts';
import { appTranaGenerator } from '../../feeds/apptrana-generator.ts';
import { inSyncGenerator } from '../../feeds/insync-generator.ts';
import { inSync } from '../../feeds/insync.ts';
import type { Feed } from '../../feeds/feed.ts';
import { writePage } from '../encoded-page.ts';
import { digestedBatch } from '../ingest/batch-reader.ts';
import { PageWritings } from '../page-writings.ts';
import { EventWorkers } from './event-workers.ts';
import type { BatchOrder, PageOrder } from './protocol.ts';

const attacks = appTranaFeed({ severities: [9, 8, 7, 6, 5, 4, 3, 2] });
const startMs = Date.UTC(2026, 10, 20);
const limits = { events: 1000, eventBytes: 65_536 };
const generators = { insync: inSyncGenerator(5), apptrana: appTranaGenerator(5) };

const closing = new AbortController();
const workers = openWorkers(60_000, closing.signal);
after(() => closing.abort());

function openWorkers(idleMs: number, until: AbortSignal): EventWorkers {
  const start = { severities: attacks.severities };
  const log = pino({ enabled: false });
  return new EventWorkers({ start, log, threadsMax: 1, idleMs, closing: until });
}

function bodyOf(generate: (timeMs: number) => object, events: number): Uint8Array<ArrayBuffer> {
  const texts = Array.from({ length: events }, (_, index) =>
    JSON.stringify(generate(startMs + index * 700)),
  );
  return new TextEncoder().encode(texts.join('\n'));
}

/** Asks until there is a thread. */
async function answered<Result>(ask: () => Promise<Result> | undefined): Promise<Result> {
  for (;;) {
    const result = ask();
    if (result !== undefined) return result;
    await nextTurn();
  }
}

function readElsewhere(order: BatchOrder) {
  return answered(() => workers.call('readBatch', order, [order.body.buffer]));
}

function batchOrder(feed: Feed, body: Uint8Array<ArrayBuffer>): BatchOrder {
  return { feed: feed.name, body, recorded: 'all', limits, withDigest: true };
}

describe('EventWorkers', () => {
  for (const [feed, generate] of [
    [inSync, generators.insync],
    [attacks, generators.apptrana],
  ] as const) {
    it(`reads a batch of ${feed.name} as it is read here, in memory that is given away`, async () => {
      const body = bodyOf(generate, 100);
      const here = digestedBatch(Buffer.from(body), {
        feed,
        recorded: 'all',
        limits,
        withDigest: true,
      });
      const there = await readElsewhere(batchOrder(feed, body));
      assert.equal(body.byteLength, 0);
      assert.equal(there.ids, here.events.ids.join('\n'));
      assert.deepEqual(there.occurredAtMs, here.events.occurredAtMs);
      assert.deepEqual(Buffer.from(there.ndjson), Buffer.from(here.events.ndjson));
      assert.equal(there.digest, here.digest);
    });
  }

  it('leaves out what is not recorded', async () => {
    const order = { ...batchOrder(inSync, bodyOf(generators.insync, 50)), recorded: ['none'] };
    const { ids, skipped } = await readElsewhere(order);
    assert.deepEqual([ids, skipped], ['', 50]);
  });

  it('says where a defect is', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    const block = { firstPosition: 1, lastPosition: 1, ndjson: shared };
    const encoding = { format: 'json', profile: 'vendor', hostname: 'h', facility: 1 } as const;
    const order: PageOrder = { feed: 'insync', encoding, layout: 'lines', blocks: [block] };
    const asking = answered(() => workers.call('writePage', order, []));
    await assert.rejects(asking, (error: Error) => {
      assert.equal(errorCode(error), 'internal');
      assert.ok(error.cause instanceof Error);
      assert.match(error.cause.stack ?? '', /event-workers\/worker\.ts:\d+/);
      return true;
    });
  });

  it('refuses what is refused here, in the same words', async () => {
    const order = batchOrder(inSync, new TextEncoder().encode('{"eventType":"Backup"}'));
    await assert.rejects(readElsewhere(order), (error: Error) => {
      assert.equal(errorCode(error), 'input_invalid');
      assert.match(error.message, /^line 1: timestamp must be/);
      return true;
    });
  });

  it('writes pages as they are written here, orders in between', async () => {
    const encoding = {
      format: 'cef',
      profile: 'vendor',
      hostname: 'export.example.com',
      facility: 3,
    } as const;
    const { ndjson } = digestedBatch(Buffer.from(bodyOf(generators.insync, 2500)), {
      feed: inSync,
      recorded: 'all',
      limits: { ...limits, events: 2500 },
      withDigest: false,
    }).events;
    const layouts = ['envelope', 'lines'] as const;
    const pages = layouts.map(async (layout) => {
      const block = { firstPosition: 1, lastPosition: 2500, ndjson: Uint8Array.from(ndjson) };
      const order: PageOrder = { feed: inSync.name, encoding, layout, blocks: [block] };
      const written = await answered(() => {
        return workers.call('writePage', order, [block.ndjson.buffer]);
      });
      return Buffer.from(written).toString();
    });
    const writings = new PageWritings(compileEncoder);
    for (const [index, layout] of layouts.entries()) {
      const blocks = [{ firstPosition: 1, lastPosition: 2500, ndjson: Buffer.from(ndjson) }];
      const here = await writePage(blocks, writings.of(inSync, encoding, layout));
      assert.equal(await pages[index], here.toString());
    }
  });

  it('has no thread before there is work, and none when there was none for a while', async () => {
    const idle = openWorkers(1, closing.signal);
    assert.equal(idle.size, 0);
    const body = bodyOf(generators.insync, 1);
    const order = batchOrder(inSync, body);
    await answered(() => idle.call('readBatch', order, [body.buffer]));
    while (idle.size > 0) await nextTurn();
  });

  it('starts no thread for a service that closes, and ends those there are', async () => {
    const closed = new AbortController();
    const ending = openWorkers(60_000, closed.signal);
    const body = bodyOf(generators.insync, 1);
    await answered(() => ending.call('readBatch', batchOrder(inSync, body), [body.buffer]));
    closed.abort();
    while (ending.size > 0) await nextTurn();
    assert.equal(ending.call('readBatch', batchOrder(inSync, new Uint8Array()), []), undefined);
    assert.equal(ending.size, 0);
  });
});
