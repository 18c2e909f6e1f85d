/** The thread that `EventWorkers` starts: reads batches and writes pages, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorCode, errorMessage } from '../../core/errors.ts';
import { compileEncoder } from '../../encode/compile-encoder.ts';
import { appTranaFeed } from '../../feeds/apptrana.ts';
import type { Feed } from '../../feeds/feed.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import { writePage } from '../encoded-page.ts';
import { digestedBatch } from '../ingest/batch-reader.ts';
import { PageWritings } from '../page-writings.ts';
import type {
  Answer,
  BatchOrder,
  BatchResult,
  Call,
  EventWorkerStart,
  PageOrder,
} from './protocol.ts';

interface Outcome {
  readonly result: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

const start: EventWorkerStart = workerData;
const attackFeed = appTranaFeed(start);
const writings = new PageWritings(compileEncoder);

const handlers: Readonly<Record<Call['kind'], (order: never) => Outcome | Promise<Outcome>>> = {
  readBatch: (order: BatchOrder) => {
    const body = toBuffer(order.body);
    const batch = digestedBatch(body, { ...order, feed: feedOf(order.feed) });
    body.buffer.transfer(0);
    const { events, skipped, digest } = batch;
    const { ids, occurredAtMs, ndjson } = events;
    const result: BatchResult = { ids: ids.join('\n'), occurredAtMs, ndjson, skipped, digest };
    return { result, transfer: [ndjson.buffer] };
  },
  writePage: async (order: PageOrder) => {
    const blocks = order.blocks.map((block) => ({ ...block, ndjson: toBuffer(block.ndjson) }));
    const writing = writings.of(feedOf(order.feed), order.encoding, order.layout);
    const page = toBuffer(await writePage(blocks, writing));
    for (const { ndjson } of blocks) releaseMemory(ndjson);
    return { result: page, transfer: [page.buffer] };
  },
};

async function answer({ id, kind, order }: Call): Promise<void> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed by `EventWorkerCalls`
    const { result, transfer } = await handlers[kind](order as never);
    post({ id, result }, transfer);
  } catch (error) {
    const code = errorCode(error);
    const stack = code === 'internal' && error instanceof Error ? error.stack : undefined;
    post({ id, error: { code, message: errorMessage(error), stack } }, []);
  }
}

function post(message: Answer, transfer: readonly ArrayBuffer[]): void {
  parentPort?.postMessage(message, transfer);
}

function feedOf(name: string): Feed {
  return name === attackFeed.name ? attackFeed : feedNamed(name);
}

function toBuffer(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  if (!(buffer instanceof ArrayBuffer)) throw new TypeError('bytes lie in shared memory');
  return Buffer.from(buffer, byteOffset, byteLength);
}

// One after the other: a page pauses now and then, and may not be overtaken by half of another.
let work: Promise<void> = Promise.resolve();
parentPort?.on('message', (call: Call) => {
  work = work.then(() => answer(call));
});
post({ id: 0, result: undefined }, []);
