/** The thread that a `WorkerClient` starts: one connection, one role. */
import { parentPort, workerData } from 'node:worker_threads';
import { BackwardReader } from './backward-reader.ts';
import { connect, openDatabase } from './database.ts';
import { toStoreError } from './errors.ts';
import { ProgressTable } from './progress-table.ts';
import {
  callHandler,
  toAnswer,
  type Answer,
  type Call,
  type ReaderCalls,
  type VerifierCalls,
  type WorkerStart,
} from './protocol.ts';
import { QuarantineTable } from './quarantine-table.ts';
import { StreamReader } from './reader.ts';
import { verifyStore } from './verification.ts';
import { Writer } from './writer.ts';

const start: WorkerStart = workerData;

function post(answers: readonly Answer[], transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(answers, transfer);
}

function serve(accept: (call: Call) => void): void {
  parentPort?.on('message', accept);
  post([{ id: 0, result: undefined }]);
}

function serveWriter(): void {
  const writer = new Writer(openDatabase(start), start.file, post);
  serve((call) => writer.accept(call));
}

/** Answers one call after the other. `open` runs with the first: the writer creates the file. */
function serveCalls(open: (transfer: ArrayBuffer[]) => Parameters<typeof callHandler>[0]): void {
  const transfer: ArrayBuffer[] = [];
  let handlers: ReturnType<typeof open> | undefined;
  serve((call) => {
    try {
      handlers ??= open(transfer);
      post([{ id: call.id, result: callHandler(handlers, call) }], transfer.splice(0));
    } catch (error) {
      transfer.length = 0;
      post([toAnswer(call.id, toStoreError(error, start.file))]);
    }
  });
}

function openReader(transfer: ArrayBuffer[]): ReaderCalls {
  const database = connect(start);
  const reader = new StreamReader(database);
  const backward = new BackwardReader(database);
  const progress = new ProgressTable(database);
  const quarantine = new QuarantineTable(database);
  return {
    readAfter: ({ stream, after, limits }) => {
      const page = reader.page(stream, after, limits);
      const blocks = page.blocks.map((block) => ({ ...block, ndjson: give(block.ndjson) }));
      return { ...page, blocks };
    },
    windowSegments: ({ stream, window }) => reader.windowSegments(stream, window),
    windowBlock: (read) => {
      const block = reader.windowBlock(read);
      if (!block) return undefined;
      transfer.push(block.positions.buffer, block.timesMs.buffer);
      return { ...block, ndjson: give(block.ndjson) };
    },
    readBefore: (read) => {
      const page = backward.page(read);
      const blocks = page.blocks.map((block) => {
        transfer.push(block.positions.buffer, block.timesMs.buffer);
        return { ...block, ndjson: give(block.ndjson) };
      });
      return { ...page, blocks };
    },
    streamInfo: (stream) => reader.streamInfo(stream),
    streams: () => reader.allStreamInfo(),
    heads: (streams) => reader.heads(streams),
    checkpoint: (source) => progress.checkpoint(source),
    delivery: ({ sink, stream }) => progress.delivery(sink, stream),
    deliveries: () => progress.deliveries(),
    quarantined: ({ sink, after, limit }) => quarantine.after(sink, after, limit),
    quarantines: () => quarantine.sums(),
    close: () => database.close(),
  };

  /** The bytes in memory of their own, which goes to the other thread without being copied. */
  function give(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { buffer, byteLength } = bytes;
    const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
    const own = isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
    transfer.push(own.buffer);
    return own;
  }
}

function openVerifier(): VerifierCalls {
  const database = connect(start);
  return {
    verify: () => verifyStore(database, start.file),
    close: () => database.close(),
  };
}

try {
  if (start.role === 'writer') serveWriter();
  if (start.role === 'reader') serveCalls(openReader);
  if (start.role === 'verifier') serveCalls(openVerifier);
} catch (error) {
  post([toAnswer(0, toStoreError(error, start.file))]);
}
